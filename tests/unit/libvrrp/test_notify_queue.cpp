#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "common/base/random.hpp"
#include "libvrrp/core/notify_queue.hpp"

using namespace hapair;
using vrrp::Notice;
using vrrp::NotifyQueue;
using vrrp::NotifyState;

namespace {
const Notice kMaster{NotifyState::kMaster, 100};
const Notice kBackup{NotifyState::kBackup, 100};
const Notice kFault{NotifyState::kFault, 0};
const Notice kStop{NotifyState::kStop, 100};

std::optional<Notice> push(NotifyQueue& queue, const Notice& notice) {
  return queue.push({&notice, 1});
}
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
  NotifyQueue queue;
  CHECK(push(queue, kBackup) == kBackup);
  CHECK(push(queue, kMaster) == std::nullopt);
  CHECK(push(queue, kFault) == std::nullopt);
  CHECK(queue.waiting() == 2);
  CHECK(queue.on_end() == kMaster);
  CHECK(queue.on_end() == kFault);
  CHECK(queue.on_end() == std::nullopt);
  CHECK_FALSE(queue.running());
  CHECK(push(queue, kBackup) == kBackup);
}

TEST_CASE("all scripts of a transition run before those of the next") {
  NotifyQueue queue;
  const std::array master = {Notice{NotifyState::kMaster, 100, 1},
                             Notice{NotifyState::kMaster, 100, 9}};
  const std::array backup = {Notice{NotifyState::kBackup, 100, 2},
                             Notice{NotifyState::kBackup, 100, 9}};
  CHECK(queue.push(master) == master[0]);
  CHECK_FALSE(queue.push(backup));
  CHECK(queue.on_end() == master[1]);
  CHECK(queue.on_end() == backup[0]);
  CHECK(queue.on_end() == backup[1]);
  CHECK_FALSE(queue.on_end());
}

TEST_CASE("a transition without scripts starts none") {
  NotifyQueue queue;
  CHECK_FALSE(queue.push({}));
  CHECK_FALSE(queue.running());
}

TEST_CASE("an end that nobody waits for changes nothing") {
  NotifyQueue queue;
  CHECK(queue.on_end() == std::nullopt);
  CHECK(push(queue, kMaster) == kMaster);
}

TEST_CASE("a stop, with all of its scripts, is the next thing told, and the last") {
  NotifyQueue queue;
  REQUIRE(push(queue, kMaster));
  REQUIRE_FALSE(push(queue, kBackup));
  REQUIRE_FALSE(push(queue, kMaster));
  const std::array stop = {kStop, Notice{NotifyState::kStop, 100, 9}};
  CHECK_FALSE(queue.push(stop));
  CHECK(queue.skipped() == 2);
  CHECK_FALSE(push(queue, kBackup));
  CHECK(queue.on_end() == stop[0]);
  CHECK(queue.on_end() == stop[1]);
  CHECK(queue.on_end() == std::nullopt);
  CHECK(push(queue, kMaster) == std::nullopt);
}

TEST_CASE(
    "under quick flapping the queue stays bounded, in order, and ends with the newest state") {
  base::Random random(7);
  NotifyQueue queue;
  std::vector<int> told;
  const auto run = [&](const std::optional<Notice>& notice) {
    if (notice) told.push_back(notice->priority);
  };
  std::uint64_t pushed = 0;
  for (int number = 0; number < 250; ++number) {
    const auto state = number % 2 == 0 ? NotifyState::kMaster : NotifyState::kBackup;
    run(push(queue, {state, static_cast<std::uint8_t>(number)}));
    ++pushed;
    CHECK(queue.waiting() <= NotifyQueue::kCapacity);
    if (random.below(5) == 0) run(queue.on_end());
  }
  while (queue.running()) run(queue.on_end());
  CHECK(queue.skipped() > 0);
  CHECK(told.size() + queue.skipped() == pushed);
  CHECK(told.back() == 249);
  for (std::size_t at = 1; at < told.size(); ++at) CHECK(told[at - 1] < told[at]);
}
