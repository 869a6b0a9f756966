#include <doctest/doctest.h>

#include <vector>

#include "apps/hapair/worker/notify_states.hpp"

namespace hapair::worker {
namespace {

using vrrp::NotifyState;
using vrrp::State;
using List = std::vector<NotifyStates::Told>;

constexpr std::size_t kWeb = 0;
constexpr std::size_t kBoth = 1;

/// Three VIPs, of which the first and the third are in a group; the second has nobody to tell.
config::Model model() {
  config::Model model;
  model.vips.resize(3);
  model.vips[0].notify = kWeb;
  model.sync_groups = {{.name = "both", .vips = {0, 2}, .notify = kBoth}};
  model.notifies = {{.name = "web"}, {.name = "both", .group = true}};
  return model;
}

TEST_CASE("a VIP's states are told as they come, with its priority") {
  const config::Model of = model();
  NotifyStates states(of);
  CHECK(states.on_role(0, State::kBackup, 100) == List{{kWeb, NotifyState::kBackup, 100}});
  CHECK(states.on_role(0, State::kBackup, 90).empty());
  CHECK(states.on_role(1, State::kMaster, 100).empty());
  CHECK(states.on_role(0, State::kFault, 90) == List{{kWeb, NotifyState::kFault, 90}});
  CHECK(states.on_role(0, State::kInitialize, 90) == List{{kWeb, NotifyState::kStop, 90}});
}

TEST_CASE("a VIP that never had a role is told nothing of") {
  const config::Model of = model();
  NotifyStates states(of);
  CHECK(states.on_role(0, State::kInitialize, 100).empty());
}

TEST_CASE("a sync group is master with all of its VIPs, and faulty or stopped with any") {
  const config::Model of = model();
  NotifyStates states(of);
  const auto group = [&](std::size_t vip, State role) {
    List told = states.on_role(vip, role, 100);
    std::erase_if(told, [](const auto& it) { return it.subject != kBoth; });
    return told;
  };
  CHECK(group(0, State::kBackup).empty());  // the other has not begun
  CHECK(group(2, State::kBackup) == List{{kBoth, NotifyState::kBackup, 0}});
  CHECK(group(0, State::kMaster).empty());
  CHECK(group(2, State::kMaster) == List{{kBoth, NotifyState::kMaster, 0}});
  CHECK(group(2, State::kFault) == List{{kBoth, NotifyState::kFault, 0}});
  CHECK(group(0, State::kFault).empty());
  CHECK(group(0, State::kBackup).empty());
  CHECK(group(2, State::kBackup) == List{{kBoth, NotifyState::kBackup, 0}});
  CHECK(group(0, State::kInitialize) == List{{kBoth, NotifyState::kStop, 0}});
  CHECK(group(2, State::kInitialize).empty());
}

}  // namespace
}  // namespace hapair::worker
