#include <doctest/doctest.h>

#include <array>
#include <set>

#include "libcheck/core/agenda.hpp"

using namespace hapair;
using namespace std::chrono_literals;

namespace {
const base::Instant kStart = base::from_ns(5'000'000'000);
}

TEST_CASE("an agenda yields what is due, the earliest first, and nothing before its time") {
  int early = 0;
  int late = 0;
  check::Agenda<int> agenda;
  CHECK_FALSE(agenda.next());
  CHECK(agenda.take(kStart) == nullptr);
  agenda.add(kStart + 10ms, late);
  agenda.add(kStart + 5ms, early);
  CHECK(agenda.next() == kStart + 5ms);
  CHECK(agenda.take(kStart + 5ms - base::Duration(1)) == nullptr);
  CHECK(agenda.take(kStart + 20ms) == &early);
  CHECK(agenda.next() == kStart + 10ms);
  CHECK(agenda.take(kStart + 20ms) == &late);
  CHECK_FALSE(agenda.next());
}

TEST_CASE("all that share a time are taken at it, each once") {
  std::array<int, 100> items{};
  check::Agenda<int> agenda;
  for (int& item : items) agenda.add(kStart, item);
  std::set<int*> taken;
  while (int* const item = agenda.take(kStart)) taken.insert(item);
  CHECK(taken.size() == items.size());
}

TEST_CASE("what is removed is not taken, and its time is forgotten with the last of it") {
  int one = 0;
  int other = 0;
  check::Agenda<int> agenda;
  agenda.add(kStart, one);
  agenda.add(kStart, other);
  agenda.remove(kStart, one);
  CHECK(agenda.take(kStart) == &other);
  agenda.add(kStart, one);
  agenda.add(kStart + 1s, other);
  agenda.remove(kStart, one);
  CHECK(agenda.next() == kStart + 1s);
}
