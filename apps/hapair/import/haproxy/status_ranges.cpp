#include "apps/hapair/import/haproxy/status_ranges.hpp"

#include <cstdint>

#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

constexpr int kFirst = 100;
constexpr int kLast = 599;

}  // namespace

std::string status_ranges(const std::function<bool(int)>& holds) {
  std::string out;
  for (int status = kFirst; status <= kLast; ++status) {
    if (!holds(status)) continue;
    const int begin = status;
    while (status < kLast && holds(status + 1)) ++status;
    if (!out.empty()) out += ',';
    out += base::concat(begin);
    if (status > begin) out += base::concat('-', status);
  }
  return out;
}

std::optional<bool> status_in(std::string_view list, int status) {
  bool found = false;
  for (std::string_view each : base::split(list, ',')) {
    const auto first = base::parse_unsigned(base::trim(base::take_part(each, '-')));
    const auto last = each.empty() ? first : base::parse_unsigned(base::trim(each));
    if (!first || !last || *last < *first || *first < 100 || *last > 999) return std::nullopt;
    found = found || (static_cast<std::uint64_t>(status) >= *first &&
                      static_cast<std::uint64_t>(status) <= *last);
  }
  return found;
}

}  // namespace hapair::importing::haproxy
