#include "apps/hapair/guardian/guardian_core.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/guardian/cpu_wait.hpp"
#include "common/base/text.hpp"

namespace hapair::guardian {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

void append(Actions& out, Actions more) {
  out.insert(out.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// The group that an order names; nullopt for the orders that name none.
std::optional<std::size_t> group_of(const Request& order) {
  return std::visit(
      [](const auto& it) -> std::optional<std::size_t> {
        if constexpr (requires { it.group; }) return it.group;
        return std::nullopt;
      },
      order);
}

}  // namespace

bool GuardianCore::RateLimit::pass(base::Instant now) {
  if (now - window_ >= std::chrono::seconds(1)) {
    window_ = now;
    passed_ = 0;
  }
  return ++passed_ <= limit_;
}

GuardianCore::GuardianCore(std::span<const GroupPlan> groups, base::Duration heartbeat_limit)
    : heartbeat_limit_(heartbeat_limit) {
  for (const GroupPlan& plan : groups) groups_.push_back({.plan = plan});
}

Actions GuardianCore::on_reload(std::span<const GroupPlan> groups, std::span<const Origin> origins,
                                base::Duration heartbeat_limit, base::Instant now) {
  std::vector<Group> next;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    Group group = origins[i].place ? groups_[*origins[i].place] : Group{};
    group.plan = groups[i];
    if (origins[i].changed) {
      group.put_next = 0;
      group.announce_next = 0;
      if (group.held) owe_announcement(group);
    }
    next.push_back(group);
  }
  groups_ = std::move(next);
  heartbeat_limit_ = heartbeat_limit;
  cursor_.reset();
  announce_turn_ = 0;
  Actions out;
  if (worker_ == Worker::kServing) put_addresses(now, out);
  return out;
}

Actions GuardianCore::on_worker_started(base::Instant now) {
  Actions out = on_worker_gone(now);
  worker_ = Worker::kStarting;
  steady_since_ = now;
  limit_ = now + kStartLimit;
  stale_ = false;
  excused_ = false;
  grace_until_ = {};
  if (stepping_down_) {
    limit_ = now + kLeaveMargin;
    out.push_back(TellLeave{});
  }
  return out;
}

base::Result<Actions> GuardianCore::on_order(const Request& order, base::Instant now) {
  if (!takes_orders()) {
    return base::fail(base::concat(name_of(order), ": the worker counts as dead"));
  }
  if (const auto group = group_of(order)) {
    if (*group >= groups_.size()) {
      return base::fail(base::concat(name_of(order), ": there is no VIP group ", *group));
    }
    if (worker_ != Worker::kServing) {
      return base::fail(base::concat(name_of(order), ": the worker has not said that it is ready"));
    }
  }
  return std::visit(
      Overloaded{
          [&](const Advertise& it) { return advertise(it, now); },
          [&](const Announce& it) { return announce(it, now); },
          [&](const StopAdvertising& it) -> base::Result<Actions> { return stop_advertising(it); },
          [&](const Hold& it) -> base::Result<Actions> { return hold(it, now); },
          [&](const Release& it) -> base::Result<Actions> { return release(it); },
          [&](const UseChecksum& it) -> base::Result<Actions> {
            return Actions{SetChecksum{it.group, it.peer, it.form}};
          },
          [&](const Left&) -> base::Result<Actions> { return on_left(now); },
          [&](const WorkerReady&) -> base::Result<Actions> { return on_ready(now); },
          [&](const auto&) -> base::Result<Actions> {
            return base::fail(base::concat(name_of(order), ": not an order"));
          },
      },
      order);
}

Actions GuardianCore::on_ready(base::Instant now) {
  if (worker_ != Worker::kStarting) return {};
  worker_ = Worker::kServing;
  beat_ = now;
  if (!stepping_down_) limit_.reset();
  return {};
}

base::Result<Actions> GuardianCore::advertise(const Advertise& order, base::Instant now) {
  if (order.priority == 0) return base::fail("advertise: priority 0 is for resigning");
  if (order.interval < kMinInterval || order.interval > kMaxInterval) {
    return base::fail("advertise: the interval is 10 ms to 255 s");
  }
  Group& group = groups_[order.group];
  const bool same =
      group.advertising && group.priority == order.priority && group.interval == order.interval;
  // A repeated order is no way to flood the network: the schedule stands.
  if (same && group.due - now > group.interval - kMinInterval) return Actions{};
  group.advertising = true;
  group.priority = order.priority;
  group.interval = order.interval;
  group.due = now + order.interval;
  group.last_due.reset();
  if (std::exchange(group.missed, false)) renew_soon(now);
  return Actions{SendAdvert{order.group, order.priority, order.interval}};
}

Actions GuardianCore::stop_advertising(const StopAdvertising& order) {
  Group& group = groups_[order.group];
  if (!std::exchange(group.advertising, false)) return {};
  group.last_due.reset();
  if (!order.resign) return {StopAdverts{order.group}};
  return {SendAdvert{order.group, 0, group.interval}};
}

Actions GuardianCore::hold(const Hold& order, base::Instant now) {
  if (held_groups().empty()) {
    renew_due_ = now + kRenewEvery;
    cursor_.reset();
  }
  groups_[order.group].held = true;
  groups_[order.group].put_next = 0;
  groups_[order.group].ordered = now;
  Actions out;
  put_addresses(now, out);
  return out;
}

/// One slice of what is still to be put on; more is due at once, after a look at what else is.
void GuardianCore::put_addresses(base::Instant now, Actions& out) {
  std::vector<AddressRange> ranges;
  std::size_t room = kPutSlice;
  for (std::size_t index = 0; index < groups_.size() && room > 0; ++index) {
    Group& group = groups_[index];
    if (!group.held || is_whole(group)) continue;
    const std::size_t count = std::min(room, group.plan.addresses - group.put_next);
    ranges.push_back({.group = index, .first = group.put_next, .count = count});
    group.put_next += count;
    room -= count;
  }
  put_due_ = now;
  if (ranges.empty()) return;
  out.push_back(PutAddresses{ranges});
  for (const AddressRange& range : ranges) {
    Group& group = groups_[range.group];
    if (!group.plan.routes || !is_whole(group)) continue;
    group.routes_due = now + kRouteRetry;
    out.push_back(PutRoutes{.group = range.group, .afresh = true});
  }
}

void GuardianCore::retry_routes(base::Instant now, Actions& out) {
  for (std::size_t index = 0; index < groups_.size(); ++index) {
    Group& group = groups_[index];
    if (!group.plan.routes || !group.held || !is_whole(group) || now < group.routes_due) continue;
    group.routes_due = now + kRouteRetry;
    out.push_back(PutRoutes{.group = index});
  }
}

std::optional<base::Instant> GuardianCore::take_placed(std::size_t group) {
  return is_whole(groups_[group]) ? std::exchange(groups_[group].ordered, {}) : std::nullopt;
}

bool GuardianCore::is_whole(const Group& group) { return group.put_next >= group.plan.addresses; }

Actions GuardianCore::release(const Release& order) {
  Group& group = groups_[order.group];
  if (!group.held) return {};
  let_go(group);
  return {RemoveAddresses{{order.group}}};
}

base::Result<Actions> GuardianCore::announce(const Announce& order, base::Instant now) {
  Group& group = groups_[order.group];
  if (!group.held) return base::fail("announce: the group's addresses are not held");
  if (!group.announces.pass(now)) return base::fail("announce: more than 128 a second");
  owe_announcement(group);
  Actions out;
  send_announcements(now, out);
  return out;
}

/// What it had still to announce goes with its addresses.
void GuardianCore::let_go(Group& group) {
  group.held = false;
  group.owed = 0;
  group.announce_next = 0;
}

void GuardianCore::owe_announcement(Group& group) {
  if (group.owed < kMaxAnnouncesOwed) ++group.owed;
}

/// In turns: a group with many addresses does not keep the others waiting.
void GuardianCore::send_announcements(base::Instant now, Actions& out) {
  if (now - announce_start_ >= kAnnouncePause) {
    announce_start_ = now;
    announced_ = 0;
  }
  for (std::size_t idle = 0; idle < groups_.size() && announced_ < kAnnounceSlice;) {
    const AddressRange range = next_announcements(announce_turn_, now);
    announce_turn_ = (announce_turn_ + 1) % groups_.size();
    if (range.count == 0) {
      ++idle;
      continue;
    }
    idle = 0;
    announced_ += range.count;
    out.push_back(SendArp{range});
  }
}

/// What the group may send now of its present round; nothing when it owes nothing.
AddressRange GuardianCore::next_announcements(std::size_t index, base::Instant now) {
  Group& group = groups_[index];
  AddressRange range{.group = index, .first = group.announce_next, .count = 0};
  if (group.owed == 0 || !is_whole(group) || now < group.announce_due) return range;
  const bool spaced = group.plan.announce_interval > base::Duration::zero();
  const std::size_t room = spaced ? 1 : kAnnounceSlice - announced_;
  range.count = std::min(room, group.plan.addresses - range.first);
  group.announce_due = now + group.plan.announce_interval;
  group.announce_next += range.count;
  if (group.announce_next == group.plan.addresses) {
    group.announce_next = 0;
    --group.owed;
  }
  return range;
}

std::optional<base::Instant> GuardianCore::next_announcement() const {
  std::optional<base::Instant> next;
  for (const Group& group : groups_) {
    if (group.owed > 0 && is_whole(group) && (!next || group.announce_due < *next))
      next = group.announce_due;
  }
  if (next && announced_ >= kAnnounceSlice) {
    next = std::max(*next, announce_start_ + kAnnouncePause);
  }
  return next;
}

Actions GuardianCore::on_left(base::Instant now) {
  Actions out;
  resign_all(out);
  remove_all(out);
  worker_ = Worker::kReleased;
  limit_ = now + kLeaveMargin;
  return out;
}

Actions GuardianCore::on_worker_dying(Failure sign, base::Instant now) {
  if (!takes_orders()) return {};
  Actions out;
  // Silence first: once the peer has our resignation it announces the addresses as its own.
  if (auto held = held_groups(); !held.empty()) out.push_back(SilenceAddresses{std::move(held)});
  resign_all(out);
  out.push_back(WorkerFailed{sign});
  worker_ = Worker::kDying;
  limit_ = now + kReleaseCap;
  return out;
}

Actions GuardianCore::on_worker_gone(base::Instant now) {
  if (worker_ == Worker::kAbsent) return {};
  Actions out = on_worker_dying(Failure::kGone, now);
  remove_all(out);
  worker_ = Worker::kAbsent;
  limit_.reset();
  if (stepping_down_) out.push_back(Finish{});
  return out;
}

Actions GuardianCore::on_address_taken(std::size_t index, base::Instant now) {
  Group& group = groups_[index];
  skip_missed_adverts(now);
  if (worker_ != Worker::kServing || !group.held || group.missed) return {};
  if (!group.put_backs.pass(now)) return {};
  owe_announcement(group);
  group.put_next = 0;
  Actions out;
  put_addresses(now, out);
  send_announcements(now, out);
  return out;
}

bool GuardianCore::may_put_route_back(std::size_t index, base::Instant now) {
  Group& group = groups_[index];
  return worker_ == Worker::kServing && group.held && is_whole(group) &&
         group.route_put_backs.pass(now);
}

Actions GuardianCore::on_step_down(base::Duration drain, base::Instant now) {
  if (std::exchange(stepping_down_, true)) return {};
  if (worker_ == Worker::kAbsent) return {Finish{}};
  if (worker_ == Worker::kDying || worker_ == Worker::kReleased) return {};
  limit_ = now + drain + kLeaveMargin;
  return {TellLeave{drain}};
}

Actions GuardianCore::on_handed_over(base::Duration drain, base::Instant now) {
  for (Group& group : groups_) {
    group.advertising = false;
    group.last_due.reset();
    let_go(group);
  }
  cursor_.reset();
  stepping_down_ = true;
  if (worker_ == Worker::kAbsent) return {Finish{}};
  if (takes_orders()) limit_ = now + drain + kLeaveMargin;
  return {};
}

GuardianCore::Orders GuardianCore::orders_of(std::size_t index) const {
  const Group& group = groups_[index];
  return {.advertising = group.advertising,
          .held = group.held,
          .priority = group.priority,
          .interval = group.interval};
}

Actions GuardianCore::on_time(base::Instant now, const WorkerSigns& signs) {
  Actions out;
  const auto planned = next_wake();
  if (planned && now - *planned > kOwnLateness) grace_until_ = now + heartbeat_limit_;
  // Nobody beats in the future, whatever the page says.
  beat_ = std::max(beat_, std::min(signs.beat, now));
  check_limits(now, out);
  if (worker_ != Worker::kServing) return out;
  skip_missed_adverts(now);
  judge(now, signs, out);
  if (stale_) {
    if (now < grace_until_) return out;
    append(out, on_worker_dying(signs.waits_for_cpu ? Failure::kStarved : Failure::kHung, now));
    out.push_back(KillWorker{});
    return out;
  }
  const bool advertised = send_due_adverts(now, out);
  put_addresses(now, out);
  send_announcements(now, out);
  retry_routes(now, out);
  renew(now, advertised, out);
  return out;
}

void GuardianCore::judge(base::Instant now, const WorkerSigns& signs, Actions& out) {
  const base::Duration age = now - beat_;
  const bool late = age > heartbeat_limit_;
  const bool starved =
      late && signs.waits_for_cpu && age <= CpuWait::kLimitFactor * heartbeat_limit_;
  const bool reloads = late && signs.reloads && age <= kReloadFactor * heartbeat_limit_;
  if (starved && !reloads && !excused_) out.push_back(WorkerStarved{});
  excused_ = starved || reloads;
  look_due_ = now + kLookEvery;
  stale_ = late && !excused_;
}

void GuardianCore::renew(base::Instant now, bool behind_advert, Actions& out) {
  if (!cursor_) {
    const base::Duration early = behind_advert ? kRenewEarly : base::Duration::zero();
    if (now < renew_due_ - early || held_groups().empty()) return;
    cursor_.emplace();
    renew_due_ = now + kRenewEvery;
    slice_due_ = now;
  }
  if (now < slice_due_) return;
  const auto advert = next_advert();
  if (advert && *advert - now < kSliceTime && now < renew_due_ - kRenewEvery / 2) {
    slice_due_ = *advert;
    return;
  }
  slice_due_ = now;
  if (auto ranges = next_slice(); !ranges.empty()) out.push_back(RenewAddresses{std::move(ranges)});
}

/// Moves the cursor on; the round is over when nothing is left behind it.
std::vector<AddressRange> GuardianCore::next_slice() {
  std::vector<AddressRange> ranges;
  std::size_t room = kRenewSlice;
  auto [index, first, none] = *cursor_;
  for (; index < groups_.size(); ++index, first = 0) {
    const Group& group = groups_[index];
    if (!group.held || group.missed || first >= group.plan.addresses) continue;
    if (room == 0) {
      cursor_ = AddressRange{.group = index, .first = first, .count = none};
      return ranges;
    }
    const std::size_t count = std::min(room, group.plan.addresses - first);
    ranges.push_back({.group = index, .first = first, .count = count});
    room -= count;
    if (first + count == group.plan.addresses) continue;
    cursor_ = AddressRange{.group = index, .first = first + count, .count = none};
    return ranges;
  }
  cursor_.reset();
  return ranges;
}

std::optional<base::Instant> GuardianCore::next_advert() const {
  std::optional<base::Instant> next;
  for (const Group& group : groups_) {
    if (group.advertising && (!next || group.due < *next)) next = group.due;
  }
  return next;
}

void GuardianCore::check_limits(base::Instant now, Actions& out) {
  if (!limit_ || now < *limit_) return;
  limit_.reset();
  switch (worker_) {
    case Worker::kAbsent:
      return;
    case Worker::kStarting:
    case Worker::kServing:
      append(out,
             on_worker_dying(stepping_down_ ? Failure::kLeaveLimit : Failure::kStartLimit, now));
      out.push_back(KillWorker{});
      return;
    case Worker::kDying:
      remove_all(out);
      worker_ = Worker::kReleased;
      out.push_back(KillWorker{});
      return;
    case Worker::kReleased:
      out.push_back(KillWorker{});
      if (stepping_down_) out.push_back(Finish{});
      return;
  }
}

/// After a pause in which a peer may have taken over, the next advert leaves an interval later: the
/// election, which may have slept too, listens first and then perhaps forbids it. Addresses whose
/// lease has run out meanwhile wait with it.
void GuardianCore::skip_missed_adverts(base::Instant now) {
  for (Group& group : groups_) {
    if (!group.advertising || now - group.due <= kMissedAdverts * group.interval) continue;
    steady_since_ = now;
    group.missed = true;
    group.due = now + group.interval;
  }
}

void GuardianCore::renew_soon(base::Instant now) {
  cursor_.reset();
  renew_due_ = now;
}

bool GuardianCore::send_due_adverts(base::Instant now, Actions& out) {
  const std::size_t before = out.size();
  for (std::size_t index = 0; index < groups_.size(); ++index) {
    Group& group = groups_[index];
    if (!group.advertising || now < group.due) continue;
    out.push_back(SendAdvert{index, group.priority, group.interval});
    group.last_due = group.due;
    group.due += group.interval;
    if (group.due <= now) group.due = now + group.interval;
    if (std::exchange(group.missed, false)) renew_soon(now);
  }
  return out.size() > before;
}

void GuardianCore::resign_all(Actions& out) {
  for (std::size_t index = 0; index < groups_.size(); ++index) {
    Group& group = groups_[index];
    if (!std::exchange(group.advertising, false)) continue;
    group.last_due.reset();
    out.push_back(SendAdvert{index, 0, group.interval});
  }
}

void GuardianCore::remove_all(Actions& out) {
  auto held = held_groups();
  if (held.empty()) return;
  std::ranges::for_each(groups_, let_go);
  out.push_back(RemoveAddresses{std::move(held)});
}

std::vector<std::size_t> GuardianCore::held_groups() const {
  std::vector<std::size_t> held;
  for (std::size_t index = 0; index < groups_.size(); ++index) {
    if (groups_[index].held) held.push_back(index);
  }
  return held;
}

std::optional<base::Instant> GuardianCore::next_wake() const {
  std::optional<base::Instant> wake = limit_;
  const auto consider = [&wake](base::Instant at) {
    if (!wake || at < *wake) wake = at;
  };
  if (worker_ != Worker::kServing) return wake;
  // One nanosecond on: a heartbeat exactly as old as the limit is fresh.
  const base::Instant stale_at = beat_ + heartbeat_limit_ + base::Duration(1);
  if (excused_) {
    consider(look_due_);
  } else {
    consider(stale_ ? std::max(stale_at, grace_until_) : stale_at);
  }
  if (stale_) return wake;
  if (const auto advert = next_advert()) consider(*advert);
  if (const auto announcement = next_announcement()) consider(*announcement);
  for (const Group& group : groups_) {
    if (group.plan.routes && group.held && is_whole(group)) consider(group.routes_due);
  }
  const bool holds = std::ranges::any_of(groups_, &Group::held);
  if (std::ranges::any_of(groups_, [](const Group& it) { return it.held && !is_whole(it); })) {
    consider(put_due_);
  }
  if (holds) consider(cursor_ ? slice_due_ : renew_due_);
  return wake;
}

}  // namespace hapair::guardian
