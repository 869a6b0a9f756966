// The rate limit of records, in virtual time.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "apps/hapair/logging/record_limiter.hpp"

using namespace hapair;
using logging::RecordLimiter;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr base::Instant kStart{seconds(100)};
constexpr RecordLimiter::Settings kThree{.burst = 3, .interval = seconds(5)};

base::LogRecord record(std::string_view id, std::string_view subject = "VI_1",
                       base::LogLevel level = base::LogLevel::kInfo) {
  return {level, id, subject, "message"};
}

/// How many of so many pass.
int passed(RecordLimiter& limiter, int count, const base::LogRecord& each, base::Instant now) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += limiter.admit(each, now) ? 1 : 0;
  return sum;
}

}  // namespace

TEST_CASE("a burst passes, what is more is counted and told once, when the interval has ended") {
  RecordLimiter limiter(kThree);
  CHECK(passed(limiter, 10, record("x"), kStart) == 3);
  CHECK(limiter.held_back() == 7);
  CHECK(limiter.next_end() == kStart + seconds(5));
  CHECK(limiter.take_ended(kStart + seconds(5) - milliseconds(1)).empty());
  const auto ended = limiter.take_ended(kStart + seconds(5));
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].id == "x");
  CHECK(ended[0].subject == "VI_1");
  CHECK(ended[0].held_back == 7);
  CHECK(limiter.describe(ended[0]) == "held back 7 of 10 records x within 5s");
  CHECK(limiter.take_ended(kStart + seconds(50)).empty());
  CHECK_FALSE(limiter.next_end().has_value());
  CHECK(passed(limiter, 10, record("x"), kStart + seconds(6)) == 3);
}

TEST_CASE("an interval begins with its first record, and a quiet one leaves nothing to tell") {
  RecordLimiter limiter(kThree);
  CHECK(passed(limiter, 3, record("x"), kStart) == 3);
  CHECK_FALSE(limiter.next_end().has_value());
  CHECK(passed(limiter, 3, record("x"), kStart + seconds(5)) == 3);
  CHECK(passed(limiter, 1, record("x"), kStart + seconds(9)) == 0);
  CHECK(limiter.next_end() == kStart + seconds(10));
}

TEST_CASE("each id and each subject has a limit of its own") {
  RecordLimiter limiter(kThree);
  CHECK(passed(limiter, 4, record("x", "a"), kStart) == 3);
  CHECK(passed(limiter, 4, record("x", "b"), kStart) == 3);
  CHECK(passed(limiter, 4, record("y", "a"), kStart) == 3);
  CHECK(limiter.take_ended(kStart + seconds(5)).size() == 3);
}

TEST_CASE("errors always pass and count for nothing") {
  RecordLimiter limiter(kThree);
  CHECK(passed(limiter, 50, record("x", "a", base::LogLevel::kError), kStart) == 50);
  CHECK(passed(limiter, 4, record("x", "a"), kStart) == 3);
  CHECK(limiter.held_back() == 1);
}

TEST_CASE("what is told has the level of the gravest") {
  RecordLimiter limiter(kThree);
  (void)passed(limiter, 4, record("x", "a", base::LogLevel::kDebug), kStart);
  (void)passed(limiter, 1, record("x", "a", base::LogLevel::kWarning), kStart);
  (void)passed(limiter, 1, record("x", "a", base::LogLevel::kInfo), kStart);
  CHECK(limiter.take_ended(kStart + seconds(5)).at(0).level == base::LogLevel::kWarning);
}

TEST_CASE("with a burst of 0 nothing is held back") {
  RecordLimiter limiter({.burst = 0});
  CHECK(passed(limiter, 1000, record("x"), kStart) == 1000);
  CHECK(limiter.take_ended(kStart + seconds(100)).empty());
}

TEST_CASE(
    "however many subjects there are, memory is bounded and the rest of an id shares one limit") {
  RecordLimiter limiter(kThree);
  std::vector<std::string> subjects;
  for (std::size_t i = 0; i < RecordLimiter::kMaxKinds + 10; ++i) {
    subjects.push_back(std::to_string(i));
  }
  int passes = 0;
  for (const std::string& subject : subjects)
    passes += passed(limiter, 1, record("x", subject), kStart);
  CHECK(passes == static_cast<int>(RecordLimiter::kMaxKinds) + 3);
  const auto ended = limiter.take_ended(kStart + seconds(5));
  REQUIRE(ended.size() == 1);
  CHECK(limiter.describe(ended[0]) == "held back 7 of 10 records x within 5s");
  CHECK(ended[0].subject.empty());
  // Their intervals have ended: there is room for others.
  for (const std::string& subject : subjects) {
    CHECK(limiter.admit(record("y", subject), kStart + seconds(6)) == true);
    if (subject == "99") break;
  }
}

TEST_CASE("a storm of one id with more subjects than are told apart hides no record of another") {
  RecordLimiter limiter(kThree);
  for (std::size_t i = 0; i < 2 * RecordLimiter::kMaxKinds; ++i) {
    (void)limiter.admit(record("x", std::to_string(i)), kStart);
  }
  CHECK_FALSE(limiter.admit(record("x", "one more"), kStart));
  CHECK(passed(limiter, 4, record("vrrp-transition"), kStart + seconds(1)) == 3);
  CHECK(limiter.next_end() == kStart + seconds(5));
  CHECK(limiter.take_ended(kStart + seconds(5)).size() == 1);
  CHECK(limiter.next_end() == kStart + seconds(6));
}
