#include "libvrrp/core/drill_partner.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::vrrp {

std::vector<std::string> DrillPartner::vips() const {
  std::vector<std::string> names;
  for (const DrillVipFigures& vip : note_.vips) names.push_back(vip.name);
  return names;
}

DrillEffects DrillPartner::on_note(const DrillNote& note, std::string_view objection,
                                   base::Instant now) {
  DrillEffects out;
  if (note.step == DrillStep::kAsk) on_ask(note, objection, now, out);
  if (!runs_ || note.number != note_.number) return out;
  deadline_ = now + kPatience;
  if (note.step == DrillStep::kOver) {
    out.emplace_back(DrillTell{false, "over", base::concat("drill ", note.number, " has ended")});
    forget(out);
  } else if (note.step == DrillStep::kGiveBack && note_.step == DrillStep::kMaster &&
             !std::exchange(gives_back_, true)) {
    out.emplace_back(DrillTell{false, "giving back", base::join(vips(), ", ")});
    out.emplace_back(DrillHandOver{});
  }
  return out;
}

void DrillPartner::on_ask(const DrillNote& note, std::string_view objection, base::Instant now,
                          DrillEffects& out) {
  if (note.number == note_.number) return;  // answered already, or over
  if (runs_) objection = "it takes part in another drill";
  if (!objection.empty()) {
    DrillNote refusal = note;
    refusal.step = DrillStep::kRefused;
    refusal.reason = objection;
    if (!runs_) {
      note_ = refusal;
      deadline_ = now + kPatience;
    }
    out.emplace_back(DrillSay{std::move(refusal)});
    return;
  }
  note_ = {.number = note.number, .step = DrillStep::kReady, .reason = {}, .vips = {}, .tally = {}};
  for (const DrillVipFigures& vip : note.vips) note_.vips.push_back({.name = vip.name});
  seen_.assign(note_.vips.size(), {});
  runs_ = true;
  gives_back_ = false;
  out.emplace_back(DrillTell{
      false, "ready", base::concat("drill ", note.number, " of ", base::join(vips(), ", "))});
  out.emplace_back(DrillSay{note_});
}

DrillEffects DrillPartner::on_role(std::size_t vip, bool master, base::Instant now) {
  if (!runs_ || seen_[vip].master == master) return {};
  Seen& seen = seen_[vip];
  seen.master = master;
  DrillEffects out;
  if (master) {
    seen.began = now;
    out.emplace_back(DrillLook{vip, DrillLook::For::kAddresses});
    if (std::ranges::all_of(seen_, [](const Seen& each) { return each.master; })) {
      note_.step = DrillStep::kMaster;
    }
  } else {
    seen.left = now;
    out.emplace_back(DrillLook{vip, DrillLook::For::kNeighbour});
    if (gives_back_ && std::ranges::none_of(seen_, [](const Seen& each) { return each.master; })) {
      note_.step = DrillStep::kGone;
    }
  }
  out.emplace_back(DrillSay{note_});
  return out;
}

DrillEffects DrillPartner::on_addresses(std::size_t vip, base::Instant now) {
  if (!runs_ || !seen_[vip].began) return {};
  note_.vips[vip].addresses = now - *seen_[vip].began;
  return say();
}

DrillEffects DrillPartner::on_neighbour(std::size_t vip, base::Instant now) {
  if (!runs_ || !seen_[vip].left) return {};
  note_.vips[vip].neighbour = now - *seen_[vip].left;
  return say();
}

DrillEffects DrillPartner::on_refused(std::string_view why) {
  if (!runs_) return {};
  note_.step = DrillStep::kRefused;
  note_.reason = why;
  DrillEffects out{DrillTell{true, "refused", std::string(why)}};
  out.emplace_back(DrillSay{note_});
  return out;
}

DrillEffects DrillPartner::break_off(std::string_view why) { return on_refused(why); }

DrillEffects DrillPartner::on_deadline(base::Instant now) {
  DrillEffects out;
  if (!deadline_ || now < *deadline_) return out;
  if (runs_) {
    out.emplace_back(DrillTell{true, "forgotten",
                               "the node that leads it is not heard any more; this one keeps what "
                               "it has"});
  }
  forget(out);
  return out;
}

/// Its number stays, so that an old letter begins it no second time.
void DrillPartner::forget(DrillEffects& out) {
  runs_ = false;
  gives_back_ = false;
  deadline_.reset();
  out.emplace_back(DrillSay{});
}

}  // namespace hapair::vrrp
