// What a change among 1,000 servers costs a consistent ring, in this process: one goes, comes, or
// gives its place to another, and the next choice mends the ring. Prints microseconds of the
// processor: the median and the most of a change, and what it takes to lay all out.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#include "liblb/core/pick_ring.hpp"

using namespace hapair::lb;

namespace {

constexpr std::size_t kServers = 1000;
constexpr std::size_t kChanges = 900;

PickTarget server(std::uint64_t number, std::uint32_t weight = 1) {
  return {.identity = mixed(number + 1),
          .full_share = weight * kShareOfWeight,
          .share = weight * kShareOfWeight};
}

/// How long the next choice takes.
double pick(RingPicker& picker, std::uint64_t number) {
  const std::clock_t begin = std::clock();  // of the processor: others may be busy on it
  if (!picker.pick({.key = mixed(number)})) return 1e9;
  return 1e6 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

}  // namespace

int main() {
  RingPicker picker(WhenFull::kWait, 0);
  for (std::size_t place = 0; place < kServers; ++place) picker.update(place, server(place));
  const double layout = pick(picker, 0);
  std::vector<double> took;
  for (std::size_t change = 0; change < kChanges; ++change) {
    const std::size_t place = change / 3 * 7 % kServers;
    if (change % 3 == 0) picker.update(place, server(kServers + change));
    if (change % 3 == 1) picker.update(place, server(0, 0));
    if (change % 3 == 2) picker.update(place, server(place));
    took.push_back(pick(picker, change));
  }
  std::ranges::sort(took);
  std::printf("%.0f %.0f %.0f\n", took[took.size() / 2], took.back(), layout);
  return 0;
}
