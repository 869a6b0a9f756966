#include "apps/hapair/control/explain.hpp"

#include <algorithm>
#include <chrono>

#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;
using Sentences = std::vector<std::string>;

/// So many past changes of role are told.
constexpr std::size_t kPast = 5;

std::string rounded(base::Duration duration) {
  if (duration < std::chrono::seconds(10)) {
    return base::format_duration(std::chrono::round<std::chrono::milliseconds>(duration));
  }
  return base::format_duration(std::chrono::floor<std::chrono::seconds>(duration));
}

/// The peer that is master as far as we know; null when none was heard.
const PeerStatus* master_of(const VipStatus& vip) {
  const auto found = std::ranges::find_if(vip.peers, [&](const PeerStatus& peer) {
    return peer.address.to_string() == vip.master_address;
  });
  return found == vip.peers.end() ? nullptr : &*found;
}

std::string cost_of(const TrackStatus& track) {
  if (track.fault) return "so it is unfit to be master";
  if (track.penalty > 0) return concat("which costs it ", track.penalty, " of its priority");
  return "so another node that has more to offer is the better master";
}

void tell_conditions(const VipStatus& vip, Sentences& out) {
  for (const TrackStatus& track : vip.tracks) {
    if (track.met) continue;
    out.push_back(concat("It tracks ", track.name, ": ", track.detail, ", ", cost_of(track), "."));
  }
}

void tell_peers(const VipStatus& vip, Sentences& out) {
  if (vip.peers.empty()) {
    out.push_back("It has heard no other router of this VIP since it started.");
    return;
  }
  for (const PeerStatus& peer : vip.peers) {
    const std::string when = concat("last heard ", rounded(peer.silent_for), " ago");
    if (peer.priority == 0) {
      out.push_back(concat(peer.address.to_string(), " has resigned, ", when, "."));
    } else {
      out.push_back(concat(peer.address.to_string(), " advertised priority ", peer.priority, ", ",
                           when, "."));
    }
  }
}

/// What the other nodes say of themselves, which adverts can't tell: a backup sends none.
void tell_hellos(const Status& status, const VipStatus& vip, Sentences& out) {
  for (const NodeStatus& node : status.nodes) {
    if (!node.present) {
      out.push_back(concat(node.name, " has said no hello for ", rounded(node.silent_for),
                           ": whether it would take over is not known."));
      continue;
    }
    const auto stand = std::ranges::find(node.vips, vip.name, &NodeVipStatus::name);
    if (stand == node.vips.end() || stand->role == "master") continue;
    out.push_back(concat(node.name, stand->would_take_over ? " would" : " would not",
                         " take over: it says that it is ", stand->role, " with the verdict \"",
                         stand->verdict, "\"."));
  }
}

void tell_past(const VipStatus& vip, Sentences& out) {
  const std::size_t all = vip.transitions.size();
  const std::size_t told = std::min(all, kPast + 1);
  // The last one is the present, which has been told.
  for (std::size_t i = all - told; i + 1 < all; ++i) {
    const RoleChangeStatus& change = vip.transitions[i];
    out.push_back(concat("Before, at ", base::format_wall_time(change.time), ", it went from ",
                         change.from, " to ", change.to, ": ", change.reason, "."));
  }
}

void tell_alarms(const VipStatus& vip, Sentences& out) {
  for (const NamedCount& alarm : vip.alarms) {
    out.push_back(concat("There was the alarm ", alarm.name, ", ", alarm.count,
                         alarm.count == 1 ? " time" : " times", "; the log says of whom."));
  }
}

std::string preference(const VipStatus& vip) {
  if (vip.effective_priority == vip.priority) return concat("priority ", vip.priority);
  return concat("priority ", vip.effective_priority, " (", vip.priority, " when all is well)");
}

/// A backup that hears a master of no higher priority: what failback says about it.
std::string failback_reason(const VipStatus& vip, const std::string& master) {
  if (vip.yields) {
    return concat("It was told to step down, and takes the VIP back only when ", master,
                  " gives it up or is gone.");
  }
  if (vip.failback == "never") {
    return concat("Failback is \"never\", and ", master, " serves: it stays master.");
  }
  return concat("It takes the VIP back from ", master, " in ", rounded(vip.would_be_master_in),
                vip.failback == "immediate" ? "" : concat(" (failback ", vip.failback, ")"),
                ", if all stays well.");
}

}  // namespace

std::vector<std::string> explain(const Status& status, const VipStatus& vip) {
  Sentences out;
  out.push_back(concat(status.node, " is ", vip.role, " of ", vip.name, " since ",
                       base::format_wall_time(vip.since), ": ", vip.reason, "."));
  out.push_back(concat("It has ", preference(vip), "; its verdict is \"", vip.verdict, "\"."));
  if (vip.role != "master" && !vip.master_address.empty()) {
    out.push_back(concat("The master, as far as it knows, is ", vip.master_address, "."));
  }
  if (!vip.sync_group.empty()) {
    out.push_back(concat("It moves with the sync group ", vip.sync_group, "."));
  }
  tell_conditions(vip, out);
  tell_peers(vip, out);
  tell_hellos(status, vip, out);
  tell_past(vip, out);
  tell_alarms(vip, out);
  return out;
}

std::vector<std::string> why_not(const Status& status, const VipStatus& vip) {
  if (vip.role == "master") return {concat(status.node, " is master of ", vip.name, ".")};
  Sentences out;
  if (vip.role == "initialize") {
    out.push_back(concat(status.node, " takes no part in the election: ", vip.reason, "."));
    return out;
  }
  tell_conditions(vip, out);
  if (vip.role == "fault") return out;
  if (vip.claims) {
    out.push_back(concat("It would be master, but its sync group ", vip.sync_group,
                         " waits until it is that of every member."));
    return out;
  }
  const PeerStatus* master = master_of(vip);
  if (master == nullptr || master->priority == 0) {
    out.push_back(concat("It listens for other masters and takes the VIP in ",
                         rounded(vip.would_be_master_in), " if it hears none."));
  } else if (master->priority > vip.effective_priority) {
    out.push_back(concat(vip.master_address, " is master with priority ", master->priority,
                         ", this node has ", preference(vip), "."));
  } else if (master->priority == vip.effective_priority) {
    out.push_back(concat(vip.master_address, " is master with the same priority, ",
                         master->priority, ": who was first stays."));
  } else {
    out.push_back(failback_reason(vip, vip.master_address));
  }
  return out;
}

}  // namespace hapair::control
