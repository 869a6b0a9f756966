#include "apps/hapair/worker/leaving.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/worker/journal_note.hpp"
#include "common/base/text.hpp"

namespace hapair::worker {

Leaving::Leaving(event::EventLoop& loop, const config::Model& model, lb::Engine& engine,
                 const base::Logger& log, base::Journal& journal)
    : loop_(loop),
      model_(model),
      engine_(engine),
      log_(log),
      journal_(journal),
      stages_(model.vips.size(), Stage::kServing),
      settle_(loop, event::Priority::kVrrp, event::Callback<>::to<&Leaving::settle>(this)) {}

std::vector<std::size_t> Leaving::together(std::size_t vip) const {
  std::vector<std::size_t> all{vip};
  for (const config::SyncGroup& group : model_.sync_groups) {
    if (std::ranges::find(group.vips, vip) == group.vips.end()) continue;
    for (const std::size_t each : group.vips) {
      if (std::ranges::find(all, each) == all.end()) all.push_back(each);
    }
  }
  return all;
}

void Leaving::begin(std::size_t vip, Order order, const std::vector<std::size_t>& masters,
                    std::string_view why, HandOver hand_over, MayGo may_go) {
  Departure departure{vip, order, masters, {}, std::move(hand_over), std::move(may_go)};
  const auto standing = std::ranges::find(departures_, vip, &Departure::vip);
  if (standing != departures_.end()) {
    if (standing->order == Order::kMaintenance && order == Order::kStepDown) {
      departure.order = Order::kMaintenance;
      departure.hand_over = std::move(standing->hand_over);
      departure.may_go = std::move(standing->may_go);
    }
    departures_.erase(standing);
  }
  for (const std::size_t each : masters) {
    if (stages_[each] == Stage::kServing) drain(each, masters, why);
    if (stages_[each] == Stage::kDraining) departure.waits_for.push_back(each);
  }
  departures_.push_back(std::move(departure));
  end_unwanted_drains();
  settle_.schedule();
}

void Leaving::drain(std::size_t vip, const std::vector<std::size_t>& company,
                    std::string_view why) {
  stages_[vip] = Stage::kDraining;
  const base::Duration limit = model_.process.drain_timeout;
  const std::string& name = model_.vips[vip].name;
  const std::string message =
      base::concat(why, "; running requests are finished within ", base::format_duration(limit));
  log_.info("vip-leaving", name, message);
  note(journal_, loop_, "vip-leaving", name, "leaving", message);
  engine_.drain_binds(vip, company, loop_.now() + limit,
                      [this, vip](const lb::DrainReport& report) { on_drained(vip, report); });
}

bool Leaving::cancel(std::size_t vip) {
  const auto mine = std::ranges::find(departures_, vip, &Departure::vip);
  if (mine == departures_.end()) return false;
  departures_.erase(mine);
  end_unwanted_drains();
  return true;
}

// Those that have drained already wait for the others, and answer nobody meanwhile.
void Leaving::end_unwanted_drains() {
  for (std::size_t each = 0; each < stages_.size(); ++each) {
    if (stages_[each] == Stage::kServing) continue;
    const bool wanted = std::ranges::any_of(departures_, [&](const Departure& departure) {
      return std::ranges::find(departure.masters, each) != departure.masters.end();
    });
    if (wanted) continue;
    (void)engine_.end_drain(each);
    stages_[each] = Stage::kServing;
  }
}

void Leaving::on_drained(std::size_t vip, const lb::DrainReport& report) {
  stages_[vip] = Stage::kDrained;
  tell(model_.vips[vip].name, report);
  for (Departure& departure : departures_) std::erase(departure.waits_for, vip);
  settle_.schedule();
}

void Leaving::tell(const std::string& subject, const lb::DrainReport& report) {
  if (report.left == 0) return;
  reset_ += report.left;
  const std::string message = base::concat(
      report.left,
      " connections did not end in time and are reset: ", base::join(report.named, ", "),
      report.left > report.named.size() ? ", and others" : "");
  log_.warning("drain-limit", subject, message);
  note(journal_, loop_, "drain-limit", subject, "reset", message);
}

/// Outside the engine's callbacks: to give the role away resets what is left of its connections.
void Leaving::settle() noexcept {
  std::vector<Departure> ready;
  std::erase_if(departures_, [&](Departure& departure) {
    if (!departure.waits_for.empty()) return false;
    ready.push_back(std::move(departure));
    return true;
  });
  // Asked before the first of them goes: what leaves together stays together.
  std::vector<bool> goes;
  for (const Departure& each : ready) goes.push_back(!each.may_go || each.may_go());
  for (std::size_t i = 0; i < ready.size(); ++i) {
    if (!goes[i]) {
      take_back(ready[i]);
      continue;
    }
    ready[i].hand_over();
    // Its sockets are closed, and stay quiet until they listen again.
    for (const std::size_t each : ready[i].masters) stages_[each] = Stage::kServing;
  }
  end_unwanted_drains();
}

void Leaving::take_back(const Departure& departure) {
  const std::string& name = model_.vips[departure.vip].name;
  constexpr std::string_view kWhy =
      "no peer says any more that it could take over: the order to step down is taken back, and "
      "this node serves on";
  log_.warning("step-down-withdrawn", name, kWhy);
  note(journal_, loop_, "step-down-withdrawn", name, "serving", std::string(kWhy));
}

}  // namespace hapair::worker
