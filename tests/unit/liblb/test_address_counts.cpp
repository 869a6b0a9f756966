#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/random.hpp"
#include "liblb/core/address_counts.hpp"

namespace hapair::lb {
namespace {

constexpr std::uint64_t kSeed = 0x1234'5678'9abc'def0;
constexpr std::uint32_t kAny = UINT32_MAX;

base::IpAddress address(const std::string& text) { return base::IpAddress::parse(text).value(); }

TEST_CASE("an address has at most its number") {
  AddressCounts counts(kSeed, 64);
  const auto one = address("192.0.2.1");
  CHECK(counts.add(one, 2));
  CHECK(counts.add(one, 2));
  CHECK_FALSE(counts.add(one, 2));
  CHECK(counts.count(one) == 2);
  CHECK(counts.add(address("192.0.2.2"), 2));
  counts.remove(one);
  CHECK(counts.add(one, 2));
  CHECK_FALSE(counts.add(address("192.0.2.3"), 0));
  CHECK(counts.addresses() == 2);
}

TEST_CASE("an IPv6 client is its network") {
  AddressCounts counts(kSeed, 64);
  CHECK(counts.add(address("2001:db8:0:1::1"), kAny));
  CHECK(counts.add(address("2001:db8:0:1:ffff::2"), kAny));
  CHECK(counts.count(address("2001:db8:0:1::99")) == 2);
  CHECK(counts.count(address("2001:db8:0:2::1")) == 0);
  AddressCounts narrow(kSeed, 126);
  CHECK(narrow.add(address("2001:db8::1"), kAny));
  CHECK(narrow.count(address("2001:db8::3")) == 1);
  CHECK(narrow.count(address("2001:db8::4")) == 0);
  AddressCounts single(kSeed, 128);
  CHECK(single.add(address("2001:db8::1"), kAny));
  CHECK(single.count(address("2001:db8::")) == 0);
  AddressCounts wide(kSeed, 32);
  CHECK(wide.add(address("2001:db8:1::"), kAny));
  CHECK(wide.count(address("2001:db8:ffff::")) == 1);
}

TEST_CASE("an IPv4 address is the same one where IPv6 writes it, and not its network's") {
  AddressCounts counts(kSeed, 64);
  CHECK(counts.add(address("192.0.2.1"), kAny));
  CHECK(counts.count(address("::ffff:192.0.2.1")) == 1);
  CHECK(counts.count(address("::ffff:192.0.2.2")) == 0);
}

TEST_CASE("the table agrees with a map, whatever comes and goes, and keeps its size") {
  base::Random random(7);
  AddressCounts counts(kSeed, 64);
  std::map<std::uint32_t, std::uint32_t> model;
  std::vector<std::uint32_t> there;
  for (int step = 0; step < 20000; ++step) {
    const bool adds = there.empty() || (there.size() < 300 && random.below(2) == 0);
    if (adds) {
      const auto host = static_cast<std::uint32_t>(random.below(200));
      const bool may = model[host] < 3;
      REQUIRE(counts.add(base::IpAddress::v4(host), 3) == may);
      if (may) ++model[host];
      if (may) there.push_back(host);
    } else {
      const std::size_t at = random.below(there.size());
      const std::uint32_t host = there[at];
      there[at] = there.back();
      there.pop_back();
      counts.remove(base::IpAddress::v4(host));
      --model[host];
    }
    if (step % 100 != 0) continue;
    std::size_t used = 0;
    for (const auto& [host, count] : model) {
      REQUIRE(counts.count(base::IpAddress::v4(host)) == count);
      if (count > 0) ++used;
    }
    REQUIRE(counts.addresses() == used);
  }
  CHECK(counts.capacity() == 256);  // at most half of it used
}

}  // namespace
}  // namespace hapair::lb
