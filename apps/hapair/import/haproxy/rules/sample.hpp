// A sample expression of HAProxy's: a fetch and the converters behind it, with their arguments
// (configuration.txt, section 7): "req.hdr(host),lower,map_dom(/etc/hosts.map,web)".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace hapair::importing::haproxy {

/// A name and what stands in the parentheses behind it.
struct Call {
  std::string name;
  std::vector<std::string> arguments{};

  /// Empty where there is none.
  [[nodiscard]] std::string_view argument(std::size_t index) const {
    return index < arguments.size() ? std::string_view(arguments[index]) : std::string_view();
  }
  bool operator==(const Call&) const = default;
};

struct Sample {
  Call fetch{};  ///< by its present name: "hdr" is "req.hdr", "sc0_conn_cur" is "sc_conn_cur(0)"
  std::vector<Call> converters{};

  bool operator==(const Sample&) const = default;
};

/// Errors are sentences.
[[nodiscard]] base::Result<Sample> parse_sample(std::string_view text);

/// The call by its present name.
[[nodiscard]] Call present_name(Call call);

/// As it would stand in the file, for messages.
[[nodiscard]] std::string to_string(const Sample& sample);

}  // namespace hapair::importing::haproxy
