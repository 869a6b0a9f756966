#include "apps/hapair/worker/memory_gauge.hpp"

#include <unistd.h>

#include <array>
#include <string_view>

#include "common/base/text.hpp"

namespace hapair::worker {

std::optional<std::uint64_t> MemoryGauge::resident() const {
  if (!statm_) return std::nullopt;
  std::array<char, 128> text;
  const ssize_t got = ::pread(statm_.get(), text.data(), text.size(), 0);
  if (got <= 0) return std::nullopt;
  // "size resident shared ...", in pages.
  std::string_view rest(text.data(), static_cast<std::size_t>(got));
  const std::size_t first = rest.find(' ');
  if (first == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(first + 1);
  const auto pages = base::parse_unsigned(rest.substr(0, rest.find(' ')));
  if (!pages) return std::nullopt;
  return *pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace hapair::worker
