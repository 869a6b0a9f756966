#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "common/base/random.hpp"
#include "libvrrp/core/notify_queue.hpp"

using namespace hapair;
using namespace std::chrono_literals;
using vrrp::Notice;
using vrrp::NotifyEnd;
using vrrp::NotifyQueue;
using vrrp::NotifyState;
using Signal = NotifyQueue::Signal;

namespace {
const base::Instant kStart = base::from_ns(5'000'000'000);
const Notice kMaster{NotifyState::kMaster, 100};
const Notice kBackup{NotifyState::kBackup, 100};
const Notice kFault{NotifyState::kFault, 0};
const Notice kStop{NotifyState::kStop, 100};
}  // namespace

TEST_CASE("a notify script gets keepalived's arguments") {
  using Arguments = std::vector<std::string>;
  CHECK(vrrp::notify_arguments(vrrp::NotifySubject::kInstance, "web", kMaster) ==
        Arguments{"INSTANCE", "web", "MASTER", "100"});
  CHECK(vrrp::notify_arguments(vrrp::NotifySubject::kGroup, "both", kFault) ==
        Arguments{"GROUP", "both", "FAULT", "0"});
  CHECK(vrrp::to_string(NotifyState::kBackup) == "BACKUP");
  CHECK(vrrp::to_string(NotifyState::kStop) == "STOP");
}

TEST_CASE("scripts run one at a time, in the order of the transitions") {
  NotifyQueue queue(30s);
  CHECK(queue.push(kBackup, kStart) == kBackup);
  CHECK(queue.push(kMaster, kStart + 1ms) == std::nullopt);
  CHECK(queue.push(kFault, kStart + 2ms) == std::nullopt);
  CHECK(queue.waiting() == 2);
  CHECK(queue.on_end({}, kStart + 1s) == kMaster);
  CHECK(queue.on_end({}, kStart + 2s) == kFault);
  CHECK(queue.on_end({}, kStart + 3s) == std::nullopt);
  CHECK_FALSE(queue.running());
  CHECK(queue.push(kBackup, kStart + 4s) == kBackup);
}

TEST_CASE("how a script ended and how long it took is kept") {
  NotifyQueue queue(30s);
  CHECK_FALSE(queue.last());
  REQUIRE(queue.push(kMaster, kStart));
  static_cast<void>(queue.on_end({NotifyEnd::How::kExit, 3}, kStart + 40ms));
  REQUIRE(queue.last());
  CHECK(queue.last()->notice == kMaster);
  CHECK(queue.last()->end.how == NotifyEnd::How::kExit);
  CHECK(queue.last()->end.number == 3);
  CHECK(queue.last()->took == 40ms);
  CHECK_FALSE(queue.last()->timed_out);
}

TEST_CASE("an end that nobody waits for changes nothing") {
  NotifyQueue queue(30s);
  CHECK(queue.on_end({}, kStart) == std::nullopt);
  CHECK_FALSE(queue.last());
}

TEST_CASE("a script that hangs is asked to end, then killed, and the next one gets its full time") {
  NotifyQueue queue(30s);
  CHECK_FALSE(queue.deadline());
  CHECK(queue.on_deadline(kStart) == Signal::kNone);
  REQUIRE(queue.push(kMaster, kStart));
  REQUIRE_FALSE(queue.push(kBackup, kStart));
  CHECK(queue.deadline() == kStart + 30s);
  CHECK(queue.on_deadline(kStart + 30s - 1ns) == Signal::kNone);
  // The loop comes late: the grace still is whole.
  CHECK(queue.on_deadline(kStart + 35s) == Signal::kTerminate);
  CHECK(queue.deadline() == kStart + 37s);
  CHECK(queue.on_deadline(kStart + 36s) == Signal::kNone);
  CHECK(queue.on_deadline(kStart + 37s) == Signal::kKill);
  CHECK_FALSE(queue.deadline());
  CHECK(queue.on_deadline(kStart + 99s) == Signal::kNone);
  CHECK(queue.on_end({NotifyEnd::How::kSignal, 9}, kStart + 100s) == kBackup);
  CHECK(queue.last()->timed_out);
  CHECK(queue.deadline() == kStart + 130s);
}

TEST_CASE("a stop is the next thing told, and the last") {
  NotifyQueue queue(30s);
  REQUIRE(queue.push(kMaster, kStart));
  REQUIRE_FALSE(queue.push(kBackup, kStart));
  REQUIRE_FALSE(queue.push(kMaster, kStart));
  CHECK_FALSE(queue.push(kStop, kStart));
  CHECK(queue.skipped() == 2);
  CHECK_FALSE(queue.push(kBackup, kStart));
  CHECK(queue.on_end({}, kStart + 1s) == kStop);
  CHECK(queue.on_end({}, kStart + 2s) == std::nullopt);
  CHECK(queue.push(kMaster, kStart + 3s) == std::nullopt);
}

TEST_CASE(
    "under quick flapping the queue stays bounded, in order, and ends with the newest state") {
  base::Random random(7);
  NotifyQueue queue(30s);
  std::vector<int> told;
  const auto run = [&](const std::optional<Notice>& notice) {
    if (notice) told.push_back(notice->priority);
  };
  std::uint64_t pushed = 0;
  for (int number = 0; number < 250; ++number) {
    const auto state = number % 2 == 0 ? NotifyState::kMaster : NotifyState::kBackup;
    run(queue.push({state, static_cast<std::uint8_t>(number)}, kStart));
    ++pushed;
    CHECK(queue.waiting() <= NotifyQueue::kCapacity);
    if (random.below(5) == 0) run(queue.on_end({}, kStart));
  }
  while (queue.running()) run(queue.on_end({}, kStart));
  CHECK(queue.skipped() > 0);
  CHECK(told.size() + queue.skipped() == pushed);
  CHECK(told.back() == 249);
  for (std::size_t at = 1; at < told.size(); ++at) CHECK(told[at - 1] < told[at]);
}
