// What rules capture of a request and its response for the access log: values by name, each of a
// bounded length, and as many as there are names. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/head.hpp"
#include "liblb/core/rules/facts.hpp"
#include "liblb/core/rules/spec.hpp"

namespace hapair::lb::rules {

class RuleList;

/// The value of the last field of that name, cut to `length` bytes; empty: there is none.
[[nodiscard]] std::string_view last_value(const http::FieldList& fields, std::string_view name,
                                          std::size_t length);

class Captures {
 public:
  /// So many names; what goes by further ones is not kept.
  static constexpr std::size_t kMaxNames = 16;

  void clear() { taken_.clear(); }
  /// Takes what `capture` wants of the request, or makes ready for its response; in place of what
  /// was taken by that name before. `capture` outlives this, or clear() comes first.
  void take(const Capture& capture, const Facts& facts);
  /// Takes what is wanted of the response.
  void take_response(const http::FieldList& fields);
  /// Empty where nothing was taken by that name.
  [[nodiscard]] std::string_view find(std::string_view name) const;

 private:
  struct Taken {
    const Capture* what = nullptr;
    std::string value{};
  };

  std::vector<Taken> taken_;
};

/// The names by which lists of rules capture, each once, in the order of the rules: access lines
/// have a place for each.
struct CaptureNames {
  std::vector<std::string> request{};
  std::vector<std::string> response{};

  void add_from(const RuleList& list);
};

}  // namespace hapair::lb::rules
