// The text of an haproxy.cfg made into its File. Pure: variables come from outside, nothing is
// read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "apps/hapair/import/haproxy/file.hpp"

namespace hapair::haproxy {

/// A version of HAProxy, such as 2.4.
struct Version {
  int major = 3;
  int minor = 0;
  int patch = 0;

  auto operator<=>(const Version&) const = default;
  /// "2.4", "2.4.22", "3.1-dev5"; nullopt where it is none.
  [[nodiscard]] static std::optional<Version> parse(std::string_view text);
};

struct ParseTerms {
  Version version{};
  /// The value of a variable of the environment; nullopt where it is not set. May be empty: none
  /// is.
  std::function<std::optional<std::string>(std::string_view)> variable{};
};

inline constexpr std::size_t kMaxText = std::size_t{4} << 20U;  ///< bytes of a file
inline constexpr std::size_t kMaxLines = 100000;
inline constexpr std::size_t kMaxLineBytes = 16384;  ///< HAProxy takes 2048, and doubles it
inline constexpr std::size_t kMaxWords = 256;        ///< of a line; HAProxy takes 64 or more
inline constexpr std::size_t kMaxNesting = 16;       ///< of .if

/// Any text gives a File; what is wrong with it stands in its faults.
[[nodiscard]] File parse(std::string_view text, const ParseTerms& terms);

}  // namespace hapair::haproxy
