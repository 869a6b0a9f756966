#include "apps/hapair/alerts/command_queue.hpp"

#include <doctest/doctest.h>

namespace hapair::alerts {
namespace {

using std::chrono::seconds;

constexpr base::Instant kStart = base::from_ns(1'000'000'000);

Alert change(std::uint64_t number, std::string subject) {
  return {.number = number, .id = "check-state", .subject = std::move(subject)};
}

std::vector<std::uint64_t> numbers(const std::vector<Alert>& alerts) {
  std::vector<std::uint64_t> all;
  for (const Alert& alert : alerts) all.push_back(alert.number);
  return all;
}

using Numbers = std::vector<std::uint64_t>;

TEST_CASE("changes of one subject run one after the other, those of others beside them") {
  CommandQueue queue({});
  queue.add(change(1, "web/a"));
  queue.add(change(2, "web/a"));
  queue.add(change(3, "web/b"));
  CHECK(numbers(queue.begin(kStart)) == Numbers{1, 3});
  CHECK(numbers(queue.begin(kStart)) == Numbers{});
  CHECK(queue.waiting() == 1);
  CHECK(queue.on_ended(3, true)->subject == "web/b");
  CHECK(numbers(queue.begin(kStart)) == Numbers{});
  CHECK(queue.on_ended(1, false)->number == 1);
  CHECK(numbers(queue.begin(kStart)) == Numbers{2});
  CHECK_FALSE(queue.on_ended(1, true));
  CHECK(queue.runs() == 1);
  CHECK(queue.failures() == 1);
  CHECK_FALSE(queue.due());
}

TEST_CASE("no more run at once than may") {
  CommandQueue queue({.parallel = 2});
  for (std::uint64_t i = 1; i <= 3; ++i) queue.add(change(i, "web/" + std::to_string(i)));
  CHECK(numbers(queue.begin(kStart)) == Numbers{1, 2});
  CHECK_FALSE(queue.due());  // time alone changes nothing
  CHECK(queue.on_ended(2, true));
  CHECK(numbers(queue.begin(kStart)) == Numbers{3});
  CHECK(queue.running() == 2);
}

TEST_CASE("no more begin within a minute than may") {
  CommandQueue queue({.per_minute = 2});
  for (std::uint64_t i = 1; i <= 4; ++i) queue.add(change(i, "web/" + std::to_string(i)));
  CHECK(numbers(queue.begin(kStart)) == Numbers{1, 2});
  CHECK(queue.due() == kStart + seconds(60));
  CHECK(numbers(queue.begin(kStart + seconds(59))) == Numbers{});
  CHECK(numbers(queue.begin(kStart + seconds(60))) == Numbers{3, 4});
  CHECK_FALSE(queue.due());
}

TEST_CASE("of too many that wait the oldest is lost") {
  CommandQueue queue({.capacity = 2, .parallel = 1});
  for (std::uint64_t i = 1; i <= 3; ++i) queue.add(change(i, "web/" + std::to_string(i)));
  CHECK(queue.lost() == 1);
  CHECK(numbers(queue.begin(kStart)) == Numbers{2});
}

TEST_CASE("what is lost with the process that ran it comes again first, but only once") {
  CommandQueue queue({.parallel = 2});
  queue.add(change(1, "web/a"));
  queue.add(change(2, "web/b"));
  queue.add(change(3, "web/a"));
  CHECK(numbers(queue.begin(kStart)) == Numbers{1, 2});
  queue.on_gone();
  CHECK(queue.lost() == 0);
  CHECK(numbers(queue.begin(kStart)) == Numbers{1, 2});
  CHECK(queue.on_ended(2, true));
  queue.on_gone();
  CHECK(queue.lost() == 1);
  CHECK(numbers(queue.begin(kStart)) == Numbers{3});
}

TEST_CASE("a command hears what has changed in words that a terminal can show") {
  Alert alert{.id = "check-state",
              .subject = "web/a",
              .from = "up",
              .to = "down",
              .cause = "Layer7 invalid response: \x1b[2J"};
  CHECK(command_words(alert) == std::vector<std::string>{"server", "web/a", "up", "down",
                                                         "Layer7 invalid response: \\x1b[2J"});
  alert.cause = std::string(4000, 'x');
  CHECK(command_words(alert)[4].size() <= 260);
  const auto kind = [](std::string id, std::string subject) {
    return command_words({.id = std::move(id), .subject = std::move(subject)})[0];
  };
  CHECK(kind("check-state", "uplink") == "target");
  CHECK(kind("backend-state", "web") == "backend");
  CHECK(kind("vrrp-transition", "VI_1") == "vip");
  CHECK(kind("vip-lost", "VI_1") == "vip");
  CHECK(kind("server-added", "web/a") == "server");
  CHECK(kind("name-unresolved", "web/a") == "server");
}

}  // namespace
}  // namespace hapair::alerts
