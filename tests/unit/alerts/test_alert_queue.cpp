#include <doctest/doctest.h>

#include "apps/hapair/alerts/alert_queue.hpp"

using namespace hapair;
using namespace hapair::alerts;
using namespace std::chrono_literals;

namespace {

base::Instant at(base::Duration time) { return base::from_ns(time.count()); }

Alert numbered(std::uint64_t number) {
  Alert alert;
  alert.number = number;
  return alert;
}

/// "1 2 3": the numbers of what is to be sent now.
std::string begin(AlertQueue& queue, base::Duration time) {
  std::string text;
  for (const Alert& alert : queue.begin(at(time))) {
    text += std::to_string(alert.number) + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("without grouping an alert is due at once, and the next waits only for its end") {
  AlertQueue queue({});
  CHECK_FALSE(queue.due());
  queue.add(numbered(1), at(5s));
  CHECK(queue.due() == at(5s));
  CHECK(begin(queue, 5s) == "1 ");
  CHECK_FALSE(queue.due());
  queue.add(numbered(2), at(6s));
  queue.add(numbered(3), at(6s));
  CHECK(begin(queue, 6s).empty());
  queue.on_sent();
  CHECK(begin(queue, 7s) == "2 3 ");
  queue.on_sent();
  CHECK(queue.messages() == 2);
  CHECK(queue.waiting() == 0);
  CHECK_FALSE(queue.due());
}

TEST_CASE("a server that flaps sends one message in each interval, whatever it does") {
  AlertQueue queue({.batch = 1000, .group = 1min});
  std::uint64_t number = 0;
  std::uint64_t told = 0;
  for (base::Duration time{}; time < 10min; time += 100ms) {
    queue.add(numbered(++number), at(time));
    const auto batch = queue.begin(at(time));
    if (batch.empty()) continue;
    told += batch.size();
    queue.on_sent();
  }
  CHECK(queue.messages() == 10);
  CHECK(told + queue.waiting() + queue.lost() == number);
  CHECK(queue.lost() > 0);  // 600 in a minute, room for 256
}

TEST_CASE("what comes together goes together, where messages are grouped") {
  AlertQueue queue({.group = 1min});
  queue.add(numbered(1), at(10s));
  CHECK(queue.due() == at(11s));
  queue.add(numbered(2), at(10900ms));
  CHECK(begin(queue, 10900ms).empty());
  CHECK(begin(queue, 11s) == "1 2 ");
  queue.on_sent();
  queue.add(numbered(3), at(13s));
  CHECK(queue.due() == at(71s));
  CHECK(begin(queue, 71s) == "3 ");
  queue.on_sent();
  // After a quiet time nothing is held back but for those that come with it.
  queue.add(numbered(4), at(10min));
  CHECK(queue.due() == at(10min + 1s));
}

TEST_CASE("a message that fails is tried again at growing distances, and then given up") {
  AlertQueue queue({.tries = 4, .retry = 1s});
  queue.add(numbered(1), at(0s));
  CHECK(begin(queue, 0s) == "1 ");
  CHECK(queue.on_failed(true, at(1s)));
  CHECK(queue.due() == at(2s));
  queue.add(numbered(2), at(1500ms));
  CHECK(begin(queue, 2s) == "1 ");
  CHECK(queue.on_failed(true, at(2s)));
  CHECK(begin(queue, 4s) == "1 ");
  CHECK(queue.on_failed(true, at(4s)));
  CHECK(queue.due() == at(8s));
  CHECK(begin(queue, 8s) == "1 ");
  CHECK_FALSE(queue.on_failed(true, at(9s)));
  CHECK(queue.lost() == 1);
  CHECK(queue.failures() == 4);
  // The next begins anew.
  CHECK(begin(queue, 9s) == "2 ");
  CHECK(queue.on_failed(true, at(9s)));
  CHECK(queue.due() == at(10s));
  CHECK(begin(queue, 10s) == "2 ");
  queue.on_sent();
  CHECK(queue.messages() == 1);
}

TEST_CASE("distances between tries have a limit") {
  AlertQueue queue({.tries = 20, .retry = 1min});
  queue.add(numbered(1), at(0s));
  base::Duration now{};
  for (int i = 0; i < 6; ++i) {
    CHECK(begin(queue, now) == "1 ");
    CHECK(queue.on_failed(true, at(now)));
    now = queue.due()->time_since_epoch();
  }
  CHECK(now == 1min + 2min + 4min + 5min + 5min + 5min);
}

TEST_CASE("what is refused for good is not tried again") {
  AlertQueue queue({});
  queue.add(numbered(1), at(0s));
  CHECK(begin(queue, 0s) == "1 ");
  CHECK_FALSE(queue.on_failed(false, at(1s)));
  CHECK(queue.lost() == 1);
  CHECK_FALSE(queue.due());
}

TEST_CASE("the oldest makes room, and a message has a limit") {
  AlertQueue queue({.capacity = 3, .batch = 2});
  for (std::uint64_t i = 1; i <= 5; ++i) queue.add(numbered(i), at(0s));
  CHECK(queue.lost() == 2);
  CHECK(queue.waiting() == 3);
  CHECK(begin(queue, 0s) == "3 4 ");
  CHECK(queue.waiting() == 3);
  queue.on_sent();
  CHECK(begin(queue, 0s) == "5 ");
}
