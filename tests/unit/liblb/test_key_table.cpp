// Tables of clients: who is found, who makes room, and what a million of them cost.
#include "liblb/core/key_table.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "common/base/random.hpp"
#include "liblb/core/client_key.hpp"
#include "liblb/core/persistence.hpp"
#include "liblb/core/rate_window.hpp"
#include "tests/unit/sanitized.hpp"

namespace hapair::lb::test {
namespace {

using namespace std::chrono_literals;

constexpr base::SipKey kKeyHash{.low = 1, .high = 2};
constexpr base::Instant kKeyStart = base::from_ns(5'000'000'000);

TableKey key(std::uint32_t number) { return key_of(base::IpAddress::v4(number), 64); }

TEST_CASE("an entry is found until its time without use is over") {
  KeyTable<int> table(8, 10s, kKeyHash);
  table.use(key(1), kKeyStart) = 7;
  CHECK(*table.find(key(1), kKeyStart + 9s) == 7);
  CHECK(table.find(key(2), kKeyStart) == nullptr);
  SUBCASE("a look is no use") { CHECK(table.find(key(1), kKeyStart + 10s) == nullptr); }
  SUBCASE("a use begins the time anew, and keeps the value") {
    CHECK(table.use(key(1), kKeyStart + 9s) == 7);
    CHECK(table.find(key(1), kKeyStart + 18s) != nullptr);
    CHECK(table.find(key(1), kKeyStart + 19s) == nullptr);
  }
  CHECK(table.entries() == 0);
  CHECK(table.expirations() == 1);
  CHECK(table.evictions() == 0);
}

TEST_CASE("in a full table the one that was used longest ago makes room") {
  KeyTable<int> table(3, 1h, kKeyHash);
  for (std::uint32_t i = 1; i <= 3; ++i)
    table.use(key(i), kKeyStart + i * 1s) = static_cast<int>(i);
  static_cast<void>(table.use(key(1), kKeyStart + 4s));
  table.use(key(4), kKeyStart + 5s) = 4;
  CHECK(table.find(key(2), kKeyStart + 5s) == nullptr);
  CHECK(table.find(key(1), kKeyStart + 5s) != nullptr);
  CHECK(table.find(key(3), kKeyStart + 5s) != nullptr);
  CHECK(table.evictions() == 1);
  CHECK(table.entries() == 3);
  std::string order;
  table.for_each(kKeyStart + 5s, 10, [&](const TableKey& each, int, base::Duration left) {
    order += to_text(each, KeySource::kAddress) + ":" + base::format_duration(left) + " ";
  });
  CHECK(order == "0.0.0.4:1h 0.0.0.1:3599s 0.0.0.3:3598s ");
}

TEST_CASE("what is erased is gone, and its place is used again") {
  KeyTable<int> table(2, 1h, kKeyHash);
  table.use(key(1), kKeyStart) = 1;
  CHECK(table.erase(key(1)));
  CHECK_FALSE(table.erase(key(1)));
  const std::size_t memory = table.memory();
  for (std::uint32_t i = 0; i < 100; ++i) {
    table.use(key(i), kKeyStart) = 1;
    CHECK(table.erase(key(i)));
  }
  CHECK(table.memory() == memory);
  table.use(key(5), kKeyStart) = 1;
  table.clear();
  CHECK(table.entries() == 0);
  CHECK(table.find(key(5), kKeyStart) == nullptr);
}

TEST_CASE("old entries go while others are used, a few at a time") {
  KeyTable<int> table(1000, 10s, kKeyHash);
  for (std::uint32_t i = 0; i < 100; ++i) table.use(key(i), kKeyStart) = 1;
  for (int i = 0; i < 25; ++i) static_cast<void>(table.use(key(1000), kKeyStart + 20s));
  CHECK(table.entries() == 1);
  CHECK(table.expirations() == 100);
}

TEST_CASE("a table does what a map does that is as simple as can be") {
  struct Known {
    int value;
    base::Instant last;
  };
  constexpr std::size_t kSize = 16;
  KeyTable<int> table(kSize, 100s, kKeyHash);
  std::map<std::uint32_t, Known> model;
  base::Random random(42);
  base::Instant now = kKeyStart;
  for (int step = 0; step < 20'000; ++step) {
    now += std::chrono::seconds(random.below(5));
    const auto number = static_cast<std::uint32_t>(random.below(40));
    std::erase_if(model, [&](const auto& each) { return now - each.second.last >= 100s; });
    switch (random.below(4)) {
      case 0:
        CHECK(table.erase(key(number)) >= (model.erase(number) > 0));
        break;
      case 1: {
        const int* found = table.find(key(number), now);
        REQUIRE((found != nullptr) == model.contains(number));
        if (found != nullptr) CHECK(*found == model[number].value);
        break;
      }
      default: {
        if (!model.contains(number) && model.size() == kSize) {
          model.erase(std::ranges::min_element(model, {}, [](const auto& each) {
            return std::pair(each.second.last, each.second.value);
          }));
        }
        table.use(key(number), now) = step;
        model[number] = {step, now};
      }
    }
    table.sweep(now, 100);
    REQUIRE(table.entries() == model.size());
  }
}

template <class Value>
double bytes_per_entry_of_many() {
  constexpr std::uint32_t kMany = kSanitized ? 62'500 : 1'000'000;
  KeyTable<Value> table(kMany, 1h, kKeyHash);
  for (std::uint32_t i = 0; i < kMany; ++i) static_cast<void>(table.use(key(i), kKeyStart));
  REQUIRE(table.entries() == kMany);
  // Twice as many clients cost no more memory.
  const std::size_t memory = table.memory();
  for (std::uint32_t i = kMany; i < 2 * kMany; ++i) {
    static_cast<void>(table.use(key(i), kKeyStart + 1s));
  }
  CHECK(table.entries() == kMany);
  CHECK(table.evictions() == kMany);
  CHECK(table.memory() == memory);
  CHECK(table.find(key(kMany - 1), kKeyStart + 1s) == nullptr);
  CHECK(table.find(key(kMany), kKeyStart + 1s) != nullptr);
  return static_cast<double>(memory) / kMany;
}

TEST_CASE("a million clients fit into few bytes each, and no flood takes more") {
  const double stick = bytes_per_entry_of_many<Persistence::StickPlace>();
  const double rate = bytes_per_entry_of_many<RateWindow>();
  MESSAGE("bytes per entry: stick table " << stick << ", rate limit " << rate);
  CHECK(stick <= 56);
  CHECK(rate <= 88);
}

TEST_CASE("a client is told by its address, an IPv6 one by its network") {
  const auto text = [](std::string_view address, std::uint8_t prefix) {
    return to_text(key_of(base::IpAddress::parse(address).value(), prefix), KeySource::kAddress);
  };
  CHECK(text("192.0.2.7", 64) == "192.0.2.7");
  CHECK(text("::ffff:192.0.2.7", 64) == "192.0.2.7");
  CHECK(text("2001:db8:1:2:3:4:5:6", 64) == "2001:db8:1:2::");
  CHECK(text("2001:db8:1:2:3:4:5:6", 60) == "2001:db8:1::");
  CHECK(text("2001:db8:1:2:3:4:5:6", 128) == "2001:db8:1:2:3:4:5:6");
}

TEST_CASE("a client is told by a field or a cookie, if it has it") {
  http::RequestHead head;
  head.fields.add({.name = "X-Key", .value = "one"});
  head.fields.add({.name = "Cookie", .value = "a=1; session=two"});
  const auto of = [&](KeySource source, std::string name) {
    return key_of(head, {.source = source, .name = std::move(name)}, kKeyHash);
  };
  CHECK(of(KeySource::kHeader, "x-key") == key_of("one", kKeyHash));
  CHECK(of(KeySource::kCookie, "session") == key_of("two", kKeyHash));
  CHECK(of(KeySource::kHeader, "x-key") != of(KeySource::kCookie, "session"));
  CHECK_FALSE(of(KeySource::kHeader, "y"));
  CHECK_FALSE(of(KeySource::kCookie, "b"));
}

}  // namespace
}  // namespace hapair::lb::test
