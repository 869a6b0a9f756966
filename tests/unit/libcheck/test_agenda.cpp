#include <doctest/doctest.h>

#include <array>
#include <set>

#include "libcheck/core/agenda.hpp"

using namespace hapair;
using namespace std::chrono_literals;

namespace {
const base::Instant kAgendaStart = base::from_ns(5'000'000'000);
}

TEST_CASE("an agenda yields what is due, the earliest first, and nothing before its time") {
  int early = 0;
  int late = 0;
  check::Agenda<int> agenda;
  CHECK_FALSE(agenda.next());
  CHECK(agenda.take(kAgendaStart) == nullptr);
  agenda.add(kAgendaStart + 10ms, late);
  agenda.add(kAgendaStart + 5ms, early);
  CHECK(agenda.next() == kAgendaStart + 5ms);
  CHECK(agenda.take(kAgendaStart + 5ms - base::Duration(1)) == nullptr);
  CHECK(agenda.take(kAgendaStart + 20ms) == &early);
  CHECK(agenda.next() == kAgendaStart + 10ms);
  CHECK(agenda.take(kAgendaStart + 20ms) == &late);
  CHECK_FALSE(agenda.next());
}

TEST_CASE("all that share a time are taken at it, each once") {
  std::array<int, 100> items{};
  check::Agenda<int> agenda;
  for (int& item : items) agenda.add(kAgendaStart, item);
  std::set<int*> taken;
  while (int* const item = agenda.take(kAgendaStart)) taken.insert(item);
  CHECK(taken.size() == items.size());
}

TEST_CASE("what is removed is not taken, and its time is forgotten with the last of it") {
  int one = 0;
  int other = 0;
  check::Agenda<int> agenda;
  agenda.add(kAgendaStart, one);
  agenda.add(kAgendaStart, other);
  agenda.remove(kAgendaStart, one);
  CHECK(agenda.take(kAgendaStart) == &other);
  agenda.add(kAgendaStart, one);
  agenda.add(kAgendaStart + 1s, other);
  agenda.remove(kAgendaStart, one);
  CHECK(agenda.next() == kAgendaStart + 1s);
}
