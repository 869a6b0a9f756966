// Passwords tried on a thread: what comes of them, and that it never takes in more than it may.
#include <doctest/doctest.h>
#include <poll.h>

#include <map>
#include <string>

#include "common/password/password_thread.hpp"

using hapair::password::PasswordThread;

namespace {

constexpr int kPatienceMs = 10'000;

constexpr const char* kSha256 =
    "$5$rounds=1000$abcdefgh$RF8lv1uvMzz667aLN8xhzLQsMDQI1f2b52pPUMBspaD";  // alice-secret
constexpr const char* kSha512 =
    "$6$rounds=1000$abcdefgh$T2SHrrUuInIz5rCnD0.WNmrq0jFH6QVfoDF4lcstZ6cGG8J5eH4A5SFZTJCdQZJ0SE/"
    "z0gfkKLmx5KLaQI5t3/";  // bob-secret
constexpr const char* kBcrypt =
    "$2b$05$abcdefghijklmnopqrstuuaE1Bcg3JIqDerRkcjg6vIMq8trgZXvC";  // b
constexpr const char* kYescrypt =
    "$y$j75$abcdefgh$sIElN0ugcYXz0hZEjFHQfthuAyj4x63FyfzseagM7hB";  // y

/// By ticket, once there are so many.
std::map<PasswordThread::Ticket, bool> outcomes_of(PasswordThread& thread, std::size_t count) {
  std::map<PasswordThread::Ticket, bool> outcomes;
  while (outcomes.size() < count) {
    pollfd wait{.fd = thread.fd(), .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&wait, 1, kPatienceMs) == 1);
    for (const auto& each : thread.take_outcomes()) outcomes[each.ticket] = each.matches;
  }
  return outcomes;
}

}  // namespace

TEST_CASE("passwords are told from others, whatever the form of their hash") {
  const auto thread = PasswordThread::start().value();
  PasswordThread::Ticket ticket = 0;
  for (const auto& [password, hash] :
       {std::pair("alice-secret", kSha256), std::pair("bob-secret", kSha512),
        std::pair("b", kBcrypt), std::pair("y", kYescrypt)}) {
    REQUIRE(thread->submit({.ticket = ticket++, .password = password, .hash = hash}));
    REQUIRE(thread->submit({.ticket = ticket++, .password = "other", .hash = hash}));
  }
  for (const auto& [at, matches] : outcomes_of(*thread, ticket)) {
    CAPTURE(at);
    CHECK(matches == (at % 2 == 0));
  }
}

TEST_CASE("nothing is the password of what is no hash") {
  const auto thread = PasswordThread::start().value();
  REQUIRE(thread->submit({.ticket = 1, .password = "x", .hash = "x"}));
  REQUIRE(thread->submit({.ticket = 2, .password = "*0", .hash = "*0"}));
  REQUIRE(thread->submit({.ticket = 3, .password = "", .hash = ""}));
  for (const auto& [at, matches] : outcomes_of(*thread, 3)) CHECK_FALSE(matches);
}

TEST_CASE("a bounded number of trials waits, and who leaves makes room") {
  const auto thread = PasswordThread::start().value();
  PasswordThread::Ticket submitted = 0;
  // Costly ones, so that the thread is not through with one before the others are there.
  const std::string slow =
      "$6$rounds=900000$abcdefgh$T2SHrrUuInIz5rCnD0."
      "WNmrq0jFH6QVfoDF4lcstZ6cGG8J5eH4A5SFZTJCdQZJ0SE/"
      "z0gfkKLmx5KLaQI5t3/";
  while (submitted < 2 * PasswordThread::kMaxWaiting &&
         thread->submit({.ticket = submitted, .password = "x", .hash = slow})) {
    ++submitted;
  }
  CHECK(submitted >= PasswordThread::kMaxWaiting);
  CHECK(submitted <= PasswordThread::kMaxWaiting + 2);
  thread->withdraw(submitted - 1);
  CHECK(thread->submit({.ticket = submitted, .password = "x", .hash = slow}));
}
