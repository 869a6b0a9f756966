// The text of haproxy.cfg made into a File. Pure: variables come from outside, nothing is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "apps/hapair/import/haproxy/file.hpp"
#include "apps/hapair/import/haproxy/words.hpp"
#include "apps/hapair/import/options.hpp"

namespace hapair::importing::haproxy {

inline constexpr std::size_t kMaxLineBytes = 16384;  ///< HAProxy takes 2048, and more as it needs
inline constexpr std::size_t kMaxWords = 512;        ///< of a line
inline constexpr std::size_t kMaxNesting = 10;       ///< of `.if`, as HAProxy has it
inline constexpr std::size_t kMaxSections = 2000;

struct Text {
  std::uint32_t file = 0;  ///< Place::file
  std::string_view text;
};

/// Any text gives a File; what is wrong with it stands in its faults. `variables` may be empty:
/// none is set.
[[nodiscard]] File parse(std::span<const Text> texts, const Version& version,
                         const Variables& variables);

}  // namespace hapair::importing::haproxy
