// When gratuitous ARP goes out.
#include <doctest/doctest.h>

#include "libvrrp/core/announce_schedule.hpp"

namespace hapair::vrrp {
namespace {

using namespace std::chrono_literals;

base::Instant at(base::Duration since_zero) { return base::Instant(since_zero); }

TEST_CASE("a burst at once, one after the delay, then one announcement every refresh") {
  AnnounceSchedule schedule({.repeat = 5, .delay = 5s, .refresh = 60s});
  CHECK(schedule.start(at(0s)) == 5);
  CHECK(schedule.next() == at(5s));
  CHECK(schedule.on_deadline(at(5s)) == 5);
  CHECK(schedule.next() == at(65s));
  CHECK(schedule.on_deadline(at(66s)) == 1);
  CHECK(schedule.next() == at(126s));
}

TEST_CASE("nothing is due before its time") {
  AnnounceSchedule schedule({.repeat = 5, .delay = 5s, .refresh = 60s});
  CHECK(schedule.on_deadline(at(0s)) == 0);
  CHECK(schedule.start(at(0s)) == 5);
  CHECK(schedule.on_deadline(at(4999ms)) == 0);
  CHECK(schedule.next() == at(5s));
}

TEST_CASE("without delay there is one burst, without refresh it is the end") {
  AnnounceSchedule refreshed({.repeat = 2, .delay = 0s, .refresh = 60s});
  CHECK(refreshed.start(at(0s)) == 2);
  CHECK(refreshed.next() == at(60s));
  CHECK(refreshed.on_deadline(at(60s)) == 1);
  AnnounceSchedule once({.repeat = 2, .delay = 0s, .refresh = 0s});
  CHECK(once.start(at(0s)) == 2);
  CHECK_FALSE(once.next());
  AnnounceSchedule twice({.repeat = 2, .delay = 5s, .refresh = 0s});
  CHECK(twice.start(at(0s)) == 2);
  CHECK(twice.on_deadline(at(5s)) == 2);
  CHECK_FALSE(twice.next());
}

TEST_CASE("starting again too soon puts the burst off instead of dropping it") {
  AnnounceSchedule schedule({.repeat = 5, .delay = 5s, .refresh = 60s});
  CHECK(schedule.start(at(0s)) == 5);
  CHECK(schedule.start(at(400ms)) == 0);
  CHECK(schedule.start(at(800ms)) == 0);
  CHECK(schedule.next() == at(1s));
  CHECK(schedule.on_deadline(at(1s)) == 5);
  CHECK(schedule.next() == at(6s));
  CHECK(schedule.on_deadline(at(6s)) == 5);
}

TEST_CASE("starting again later begins anew") {
  AnnounceSchedule schedule({.repeat = 5, .delay = 5s, .refresh = 60s});
  CHECK(schedule.start(at(0s)) == 5);
  CHECK(schedule.start(at(1s)) == 5);
  CHECK(schedule.next() == at(6s));
}

TEST_CASE("after stop nothing is due, and a new start is not held back") {
  AnnounceSchedule schedule({.repeat = 5, .delay = 5s, .refresh = 60s});
  CHECK(schedule.start(at(0s)) == 5);
  schedule.stop();
  CHECK_FALSE(schedule.next());
  CHECK(schedule.on_deadline(at(9s)) == 0);
  CHECK(schedule.start(at(100ms)) == 5);
}

}  // namespace
}  // namespace hapair::vrrp
