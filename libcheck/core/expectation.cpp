#include "libcheck/core/expectation.hpp"

#include <optional>

#include "common/base/text.hpp"

namespace hapair::check {
namespace {

std::optional<unsigned> parse_status(std::string_view text) {
  const auto number = base::parse_unsigned(base::trim(text));
  if (!number || *number < ExpectedStatus::kLowest || *number > ExpectedStatus::kHighest) {
    return std::nullopt;
  }
  return static_cast<unsigned>(*number);
}

}  // namespace

ExpectedStatus::ExpectedStatus() { add_range(200, 399); }

base::Result<ExpectedStatus> ExpectedStatus::parse(std::string_view text) {
  ExpectedStatus out;
  out.bits_ = {};
  for (const std::string_view part : base::split(text, ',')) {
    const std::size_t dash = part.find('-');
    const bool is_range = dash != std::string_view::npos;
    const auto first = parse_status(part.substr(0, dash));
    const auto last = is_range ? parse_status(part.substr(dash + 1)) : first;
    if (!first || !last) {
      return base::fail(base::concat("'", base::printable(base::trim(part)),
                                     "' is no status or range of statuses; write 100 to 599, like "
                                     "\"200\" or \"200-299,304\""));
    }
    if (*first > *last) {
      return base::fail(
          base::concat("'", base::trim(part), "' runs backwards; write ", *last, "-", *first));
    }
    out.add_range(*first, *last);
  }
  return out;
}

bool ExpectedStatus::contains(unsigned status) const {
  if (status < kLowest || status > kHighest) return false;
  const unsigned bit = status - kLowest;
  return (bits_[bit / 64] >> (bit % 64) & 1) != 0;
}

void ExpectedStatus::add_range(unsigned first, unsigned last) {
  for (unsigned bit = first - kLowest; bit <= last - kLowest; ++bit) {
    bits_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
}

std::string ExpectedStatus::to_string() const {
  std::string out;
  for (unsigned status = kLowest; status <= kHighest; ++status) {
    if (!contains(status)) continue;
    const unsigned first = status;
    while (contains(status + 1)) ++status;
    if (!out.empty()) out += ',';
    out += base::concat(first);
    if (status != first) out += base::concat('-', status);
  }
  return out;
}

}  // namespace hapair::check
