#include "libvrrp/core/drill.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::vrrp {
namespace {

/// For the partner to hear that it is over.
constexpr base::Duration kFarewellTime = std::chrono::seconds(2);

}  // namespace

std::string_view to_string(DrillStage stage) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "none", "asking", "leaving", "away", "staying", "returning", "settling", "ended"};
  return kNames[static_cast<std::size_t>(stage)];
}

DrillEffects Drill::begin(DrillPlan plan, base::Instant now) {
  result_ = {.number = plan.number,
             .node = std::move(plan.node),
             .peer = std::move(plan.peer),
             .vips = {},
             .here = {},
             .there = {},
             .faults = {},
             .remarks = {}};
  for (std::string& name : plan.vips) {
    result_.vips.push_back({.name = std::move(name), .out = {}, .back = {}});
  }
  drain_ = plan.drain;
  seen_.assign(result_.vips.size(), {});
  partner_.reset();
  DrillEffects out;
  enter(DrillStage::kAsking, kAnswerLimit, now);
  tell(base::concat("of ", vip_names(), ", with ", result_.peer), out);
  say(DrillStep::kAsk, out);
  return out;
}

DrillEffects Drill::on_note(const DrillNote& note, base::Instant now) {
  DrillEffects out;
  if (!runs() || note.number != result_.number) return out;
  on_figures(note);
  partner_ = note.step;
  if (note.step == DrillStep::kRefused) {
    on_refusal(note, now, out);
  } else {
    proceed(now, out);
  }
  return out;
}

void Drill::on_figures(const DrillNote& note) {
  result_.there = note.tally;
  for (DrillVip& vip : result_.vips) {
    const auto theirs = std::ranges::find(note.vips, vip.name, &DrillVipFigures::name);
    if (theirs == note.vips.end()) continue;
    vip.out.addresses = theirs->addresses;
    vip.back.neighbour = theirs->neighbour;
  }
}

void Drill::on_refusal(const DrillNote& note, base::Instant now, DrillEffects& out) {
  if (stage_ == DrillStage::kAsking) {
    fault(base::concat(result_.peer, " takes no part: ", note.reason, "; nothing has been moved"));
  } else {
    fault(base::concat(result_.peer, " does not give ", vip_names(), " back: ", note.reason,
                       "; mend that and run `hapair step-down --drain` there"));
  }
  end(now, out);
}

DrillEffects Drill::on_silence(base::Instant now) {
  DrillEffects out;
  if (!runs()) return out;
  fault(base::concat(result_.peer, " says hello no more while ", to_string(stage_),
                     ": see whether it runs"));
  if (stage_ == DrillStage::kAsking || stage_ == DrillStage::kSettling) end(now, out);
  return out;
}

DrillEffects Drill::on_role(std::size_t vip, bool master, base::Instant now) {
  DrillEffects out;
  if (!runs()) return out;
  Seen& seen = seen_[vip];
  if (seen.master == master) return out;
  seen.master = master;
  DrillVip& figures = result_.vips[vip];
  if (!master) {
    seen.left = now;
    if (stage_ != DrillStage::kLeaving) {
      fault(base::concat("this node ceased to be master of ", figures.name, " while ",
                         to_string(stage_), ": see `hapair explain`"));
    }
    out.emplace_back(DrillLook{vip, DrillLook::For::kNeighbour});
  } else {
    seen.back = now;
    if (seen.partner_farewell) figures.back.gap = now - *seen.partner_farewell;
    if (stage_ != DrillStage::kReturning) {
      fault(base::concat(result_.peer, seen.partner_began ? " did not stay" : " did not become",
                         " master of ", figures.name, ": this node has taken it back by itself"));
    }
    out.emplace_back(DrillLook{vip, DrillLook::For::kAddresses});
  }
  proceed(now, out);
  return out;
}

DrillEffects Drill::on_partner_advert(std::size_t vip, base::Instant at, base::Instant now) {
  DrillEffects out;
  if (!runs()) return out;
  Seen& seen = seen_[vip];
  if (!seen.left || at < *seen.left || seen.partner_began) return out;
  seen.partner_began = at;
  result_.vips[vip].out.gap = at - *seen.left;
  proceed(now, out);
  return out;
}

void Drill::on_partner_farewell(std::size_t vip, base::Instant at) {
  if (!runs()) return;
  Seen& seen = seen_[vip];
  if (!seen.partner_began || at < *seen.partner_began || seen.back) return;
  seen.partner_farewell = at;
}

DrillEffects Drill::on_addresses(std::size_t vip, base::Instant now) {
  DrillEffects out;
  if (!runs() || !seen_[vip].back) return out;
  result_.vips[vip].back.addresses = now - *seen_[vip].back;
  proceed(now, out);
  return out;
}

void Drill::on_neighbour(std::size_t vip, base::Instant now) {
  if (!runs()) return;
  const Seen& seen = seen_[vip];
  if (seen.left && !seen.back) result_.vips[vip].out.neighbour = now - *seen.left;
}

void Drill::proceed(base::Instant now, DrillEffects& out) {
  if (stage_ == DrillStage::kAsking && partner_ == DrillStep::kReady) {
    enter(DrillStage::kLeaving, drain_ + kMoveLimit, now);
    tell(base::concat("handing ", vip_names(), " over to ", result_.peer), out);
    say(DrillStep::kHandOver, out);
    out.emplace_back(DrillHandOver{});
  }
  if (stage_ == DrillStage::kLeaving &&
      std::ranges::none_of(seen_, [](const Seen& seen) { return seen.master; })) {
    enter(DrillStage::kAway, kMoveLimit, now);
  }
  if (stage_ == DrillStage::kAway && partner_ == DrillStep::kMaster &&
      std::ranges::all_of(seen_, [](const Seen& seen) { return seen.partner_began.has_value(); })) {
    enter(DrillStage::kStaying, kStay, now);
    tell(base::concat(result_.peer, " is master of ", vip_names()), out);
  }
  if ((stage_ == DrillStage::kAway || stage_ == DrillStage::kStaying) && all_here()) {
    end(now, out);  // with its fault
  }
  if (stage_ == DrillStage::kReturning && all_here()) {
    enter(DrillStage::kSettling, kSettleLimit, now);
    tell(base::concat("this node is master of ", vip_names(), " again"), out);
  }
  if (stage_ == DrillStage::kSettling && settled()) end(now, out);
}

bool Drill::all_here() const {
  return std::ranges::all_of(seen_, [](const Seen& seen) { return seen.master; });
}

/// All figures are there.
bool Drill::settled() const {
  return partner_ == DrillStep::kGone && std::ranges::all_of(result_.vips, [](const DrillVip& vip) {
           return vip.back.addresses && vip.back.neighbour;
         });
}

DrillEffects Drill::on_deadline(base::Instant now) {
  DrillEffects out;
  if (!deadline_ || now < *deadline_) return out;
  deadline_.reset();
  if (stage_ == DrillStage::kEnded) {
    out.emplace_back(DrillSay{});
  } else {
    on_limit(now, out);
  }
  return out;
}

void Drill::on_limit(base::Instant now, DrillEffects& out) {
  switch (stage_) {
    case DrillStage::kStaying:
      enter(DrillStage::kReturning, drain_ + kMoveLimit, now);
      tell(base::concat("asking ", result_.peer, " to give ", vip_names(), " back"), out);
      say(DrillStep::kGiveBack, out);
      return;
    case DrillStage::kAsking:
      fault(base::concat(result_.peer,
                         " does not answer: its hapair is too old for drills, or "
                         "is one that this node can't reach; use the same version "
                         "on both nodes. Nothing has been moved"));
      break;
    case DrillStage::kLeaving:
      fault(base::concat("this node has not ceased to be master in time: see `hapair explain`"));
      break;
    case DrillStage::kAway:
      fault(base::concat(result_.peer, " is not seen as master of ", vip_names(),
                         ": see `hapair status` on both nodes; where another node is master, run "
                         "`hapair step-down --drain` there"));
      break;
    case DrillStage::kReturning:
      fault(base::concat(vip_names(),
                         " did not come back in time: run `hapair step-down --drain` "
                         "on ",
                         result_.peer, ", and see `hapair why-not` here"));
      break;
    case DrillStage::kSettling:
      if (partner_ != DrillStep::kGone) {
        fault(base::concat(result_.peer, " has not told its last figures"));
      } else {
        result_.remarks.emplace_back("not every time could be seen");
      }
      break;
    case DrillStage::kNone:
    case DrillStage::kEnded:
      return;
  }
  end(now, out);
}

DrillEffects Drill::break_off(std::string_view why, base::Instant now) {
  DrillEffects out;
  if (!runs()) return out;
  fault(base::concat(
      "broken off while ", to_string(stage_), ": ", why,
      all_here() ? std::string() : base::concat("; ", vip_names(), " may be with ", result_.peer)));
  end(now, out);
  return out;
}

void Drill::count(const DrillTally& here) {
  result_.here = here;
  const auto judge = [this](const std::string& node, const DrillTally& tally) {
    if (tally.failed > 0) {
      fault(
          base::concat(tally.failed, " requests failed on ", node, ": see `hapair errors` there"));
    }
    if (tally.reset > 0) {
      fault(base::concat(tally.reset, " connections on ", node,
                         " did not end within process.drain_timeout and were reset; its journal "
                         "names them (drain-limit)"));
    }
  };
  judge(result_.node, result_.here);
  judge(result_.peer, result_.there);
}

void Drill::end(base::Instant now, DrillEffects& out) {
  enter(DrillStage::kEnded, kFarewellTime, now);
  say(DrillStep::kOver, out);
  out.emplace_back(DrillEnded{});
}

void Drill::enter(DrillStage stage, base::Duration limit, base::Instant now) {
  stage_ = stage;
  deadline_ = now + limit;
}

void Drill::say(DrillStep step, DrillEffects& out) const {
  DrillNote note{.number = result_.number, .step = step, .reason = {}, .vips = {}, .tally = {}};
  for (const DrillVip& vip : result_.vips) note.vips.push_back({.name = vip.name});
  out.emplace_back(DrillSay{std::move(note)});
}

void Drill::tell(std::string message, DrillEffects& out) const {
  out.emplace_back(DrillTell{false, std::string(to_string(stage_)), std::move(message)});
}

std::string Drill::vip_names() const {
  std::vector<std::string> names;
  for (const DrillVip& vip : result_.vips) names.push_back(vip.name);
  return base::join(names, ", ");
}

}  // namespace hapair::vrrp
