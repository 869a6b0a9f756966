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
      draining_(model.vips.size()),
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
                    std::string_view why, HandOver hand_over) {
  const auto standing = std::ranges::find(departures_, vip, &Departure::vip);
  if (standing != departures_.end() && standing->order == Order::kMaintenance &&
      order == Order::kStepDown) {
    order = Order::kMaintenance;
    hand_over = std::move(standing->hand_over);
  }
  (void)cancel(vip);
  const base::Duration limit = model_.process.drain_timeout;
  for (const std::size_t each : masters) {
    if (draining_[each]) continue;  // for another departure
    draining_[each] = true;
    const std::string& name = model_.vips[each].name;
    const std::string message =
        base::concat(why, "; running requests are finished within ", base::format_duration(limit));
    log_.info("vip-leaving", name, message);
    note(journal_, loop_, "vip-leaving", name, "leaving", message);
    engine_.drain_binds(each, loop_.now() + limit,
                        [this, each](const lb::DrainReport& report) { on_drained(each, report); });
  }
  departures_.push_back({vip, order, masters, masters, std::move(hand_over)});
  settle_.schedule();
}

bool Leaving::cancel(std::size_t vip) {
  const auto mine = std::ranges::find(departures_, vip, &Departure::vip);
  if (mine == departures_.end()) return false;
  const Departure gone = std::move(*mine);
  departures_.erase(mine);
  // Those that have drained already wait for the others, and answer nobody meanwhile.
  for (const std::size_t each : gone.masters) {
    const bool wanted = std::ranges::any_of(departures_, [&](const Departure& other) {
      return std::ranges::find(other.masters, each) != other.masters.end();
    });
    if (!wanted && engine_.end_drain(each)) draining_[each] = false;
  }
  return true;
}

void Leaving::on_drained(std::size_t vip, const lb::DrainReport& report) {
  draining_[vip] = false;
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
  for (const Departure& each : ready) each.hand_over();
}

}  // namespace hapair::worker
