#include "apps/hapair/worker/drilling.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "apps/hapair/worker/journal_note.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "liblb/core/stats_snapshot.hpp"
#include "libvrrp/core/drill_checks.hpp"

namespace hapair::worker {
namespace {

/// Between two looks: how exact times are that the kernel does not tell.
constexpr base::Duration kLookEvery = std::chrono::milliseconds(5);
/// What has not come to pass by then is not looked for any longer.
constexpr base::Duration kLookFor = std::chrono::seconds(5);

std::vector<std::string> frontends_of(const config::Model& model,
                                      const std::vector<std::size_t>& vips) {
  std::vector<std::string> names;
  for (const config::Frontend& frontend : model.frontends) {
    const bool serves = std::ranges::any_of(frontend.binds, [&](const config::Bind& bind) {
      return bind.vip && std::ranges::find(vips, *bind.vip) != vips.end();
    });
    if (serves) names.push_back(frontend.name);
  }
  return names;
}

}  // namespace

Drilling::Drilling(event::EventLoop& loop, const DrillParts& parts, GiveAway give_away)
    : loop_(loop),
      parts_(parts),
      give_away_(std::move(give_away)),
      notes_(parts.hello.link().exchange().peers().size()),
      tick_(loop, event::Priority::kControl, event::Callback<>::to<&Drilling::on_tick>(this)) {
  HelloFollower& follower = *this;
  parts_.hello.tell(follower);
}

control::DrillStart Drilling::begin(const std::vector<std::size_t>& vips, std::string_view who) {
  using Outcome = control::DrillStart::Outcome;
  const auto peers = parts_.hello.link().exchange().peers();
  const auto peer = vrrp::partner_for(peers, parts_.model.vips[vips.front()].name);
  control::DrillStart start{.reasons = objections(vips, peer)};
  if (!peer || !start.reasons.empty()) {
    start.outcome = Outcome::kRefused;
    return start;
  }
  start.vips = names_of(vips);
  peer_ = *peer;
  vips_ = vips;
  looks_.clear();
  began_ = event::wall_now();
  // Milliseconds, so that a number of JSON holds it; always another one.
  const auto clock =
      std::chrono::duration_cast<std::chrono::milliseconds>(began_.time_since_epoch());
  last_number_ = std::max(last_number_ + 1, static_cast<std::uint64_t>(clock.count()));
  start.number = last_number_;
  start.peer = peers[peer_].name;
  begin_counting();
  tell(false, "begun", base::concat("ordered by ", who));
  perform(lead_.begin({.number = start.number,
                       .node = parts_.model.node().name,
                       .peer = start.peer,
                       .vips = start.vips,
                       .drain = parts_.model.process.drain_timeout},
                      loop_.now()));
  return start;
}

std::vector<std::string> Drilling::own_objections(std::size_t vips) const {
  std::vector<std::string> against;
  if (under_way()) against.emplace_back("a drill is under way already");
  if (!parts_.leaving.idle()) against.emplace_back("a VIP of this node is being given up");
  for (std::size_t vip = 0; vip < parts_.model.vips.size(); ++vip) {
    if (!parts_.vips.conditions().maintained(vip)) continue;
    against.push_back(base::concat("this node is in maintenance for ", parts_.model.vips[vip].name,
                                   ": end it with `hapair maintenance off`"));
  }
  if (vips > vrrp::kMaxHelloEntries) {
    against.push_back(
        base::concat("one drill moves ", vrrp::kMaxHelloEntries, " VIPs at most: name one"));
  }
  return against;
}

std::vector<std::string> Drilling::objections(const std::vector<std::size_t>& vips,
                                              std::optional<std::size_t> peer) const {
  std::vector<std::string> against = own_objections(vips.size());
  if (!peer) {
    against.push_back(base::concat("no peer says that it could take over ",
                                   parts_.model.vips[vips.front()].name,
                                   ": see `hapair status` for it"));
    return against;
  }
  const auto peers = parts_.hello.link().exchange().peers();
  const auto theirs = vrrp::objections_to(peers[*peer], parts_.hello.report(), names_of(vips));
  against.insert(against.end(), theirs.begin(), theirs.end());
  return against;
}

/// Empty: this node takes part.
std::string Drilling::objection_as_partner(std::size_t peer, const vrrp::DrillNote& note) const {
  for (const vrrp::DrillVipFigures& each : note.vips) {
    const auto vip = vip_named(each.name);
    if (!vip) return base::concat("it has no VIP ", each.name);
    if (parts_.vips.routers()[*vip]->is_master()) {
      return base::concat("it is master of ", each.name);
    }
  }
  auto against = own_objections(note.vips.size());
  if (!parts_.hello.link().exchange().peers()[peer].present) against.emplace_back("no hello");
  return base::join(against, "; ");
}

std::vector<std::string> Drilling::names_of(const std::vector<std::size_t>& vips) const {
  std::vector<std::string> names;
  for (const std::size_t vip : vips) names.push_back(parts_.model.vips[vip].name);
  return names;
}

void Drilling::begin_counting() {
  counts_.begin(frontends_of(parts_.model, vips_), parts_.engine.stats(), parts_.leaving.reset());
}

vrrp::DrillTally Drilling::counted() const {
  return counts_.since(parts_.engine.stats(), parts_.leaving.reset());
}

std::optional<std::size_t> Drilling::vip_named(std::string_view name) const {
  const auto& vips = parts_.model.vips;
  const auto found = std::ranges::find(vips, name, &config::Vip::name);
  if (found == vips.end()) return std::nullopt;
  return static_cast<std::size_t>(found - vips.begin());
}

std::optional<std::size_t> Drilling::place_of(std::size_t vip) const {
  const auto found = std::ranges::find(vips_, vip);
  if (found == vips_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - vips_.begin());
}

void Drilling::on_hello() noexcept {
  const auto peers = parts_.hello.link().exchange().peers();
  for (std::size_t i = 0; i < peers.size(); ++i) {
    if (peers[i].drill_notes == notes_[i]) continue;
    notes_[i] = peers[i].drill_notes;
    if (peers[i].drill) on_note(i, *peers[i].drill);
  }
}

void Drilling::on_note(std::size_t peer, const vrrp::DrillNote& note) {
  const bool from_leader = note.step <= vrrp::DrillStep::kOver;
  if (!from_leader) {
    if (peer == peer_) perform(lead_.on_note(note, loop_.now()));
    return;
  }
  if (lead_.runs() && note.step == vrrp::DrillStep::kAsk && peer == peer_) {
    break_off("the peer has begun a drill itself; begin anew when it is over");
    return;
  }
  // One at a time: whoever else asks hears nothing, and gives up.
  if (under_way() && peer != peer_) return;
  std::string objection;
  if (note.step == vrrp::DrillStep::kAsk) objection = objection_as_partner(peer, note);
  if (!lead_.runs()) peer_ = peer;
  const bool ran = partner_.runs();
  const auto effects = partner_.on_note(note, objection, loop_.now());
  if (partner_.runs() && !ran) {
    vips_.clear();
    for (const std::string& name : partner_.vips()) vips_.push_back(*vip_named(name));
    looks_.clear();
    begin_counting();
  }
  perform(effects);
}

void Drilling::on_peer_silent(std::size_t peer) noexcept {
  if (peer == peer_) perform(lead_.on_silence(loop_.now()));
}

void Drilling::on_role(std::size_t vip, bool master) {
  if (!under_way()) return;
  const auto place = place_of(vip);
  if (!place) return;
  const base::Instant now = loop_.now();
  look_at_adverts();
  perform(lead_.on_role(*place, master, now));
  perform(partner_.on_role(*place, master, now));
}

/// What is heard of that node in the VIP's election; null: nothing.
const vrrp::PeerHeard* Drilling::adverts_of(std::size_t peer, std::size_t vip) const {
  const auto& heard = parts_.vips.routers()[vip]->peers().peers();
  const auto& addresses = parts_.model.vips[vip].peers;
  const auto last = [](const vrrp::PeerHeard& a, const vrrp::PeerHeard& b) {
    return a.last_heard < b.last_heard;
  };
  if (peer < addresses.size()) {
    const auto known = std::ranges::find(heard, addresses[peer], &vrrp::PeerHeard::address);
    if (known != heard.end()) return &*known;
  }
  // Over IPv6 adverts leave from link-local addresses, which tell no node from another.
  const auto latest = std::max_element(heard.begin(), heard.end(), last);
  return latest == heard.end() ? nullptr : &*latest;
}

void Drilling::look_at_adverts() {
  if (!lead_.runs()) return;
  for (std::size_t i = 0; i < vips_.size(); ++i) {
    const vrrp::PeerHeard* heard = adverts_of(peer_, vips_[i]);
    if (heard == nullptr) continue;
    perform(lead_.on_partner_advert(i, heard->began, loop_.now()));
    // One that was master a moment ago, and was preempted, has not been silent for long enough to
    // begin anew; only a master is heard at all.
    perform(lead_.on_partner_advert(i, heard->last_heard, loop_.now()));
    lead_.on_partner_farewell(i, heard->farewell);
  }
}

void Drilling::on_vip_seen(const guardian::VipSeen& seen) {
  const auto place = place_of(seen.group);
  if (!place) return;
  const base::Instant now = loop_.now();
  const auto look = std::ranges::find_if(looks_, [&](const Look& each) {
    const bool addresses = each.what == vrrp::DrillLook::For::kAddresses;
    return each.vip == *place && each.asked && (addresses ? seen.here : seen.neighbour);
  });
  if (look == looks_.end()) return;
  const auto what = look->what;
  looks_.erase(look);
  if (what == vrrp::DrillLook::For::kAddresses) {
    perform(lead_.on_addresses(*place, now));
    perform(partner_.on_addresses(*place, now));
  } else {
    lead_.on_neighbour(*place, now);
    perform(partner_.on_neighbour(*place, now));
  }
}

void Drilling::break_off(std::string_view why) {
  perform(lead_.break_off(why, loop_.now()));
  perform(partner_.break_off(why));
}

void Drilling::on_tick() noexcept {
  const base::Instant now = loop_.now();
  look_at_adverts();
  std::erase_if(looks_, [now](const Look& look) { return now >= look.until; });
  for (Look& look : looks_) {
    const bool ask = look.what == vrrp::DrillLook::For::kNeighbour && !look.asked;
    parts_.guardian.look_at_vip(vips_[look.vip], ask);
    look.asked = true;
  }
  // What is over takes back its last letter, but not one of the other side's.
  const auto led = lead_.on_deadline(now);
  if (lead_.runs() || !partner_.runs()) perform(led);
  const auto taken = partner_.on_deadline(now);
  if (!lead_.runs()) perform(taken);
  arm();
}

void Drilling::perform(const vrrp::DrillEffects& effects) {
  if (effects.empty()) return;
  for (const vrrp::DrillEffect& effect : effects) {
    if (const auto* letter = std::get_if<vrrp::DrillSay>(&effect)) {
      say(letter->note);
    } else if (std::holds_alternative<vrrp::DrillHandOver>(effect)) {
      hand_over();
    } else if (const auto* look = std::get_if<vrrp::DrillLook>(&effect)) {
      // One that waits for the other thing is over.
      std::erase_if(looks_, [&](const Look& each) { return each.vip == look->vip; });
      looks_.push_back({.vip = look->vip, .what = look->what, .until = loop_.now() + kLookFor});
    } else if (const auto* news = std::get_if<vrrp::DrillTell>(&effect)) {
      tell(news->warning, news->state, news->message);
    } else {
      finish();
    }
  }
  if (!under_way()) looks_.clear();
  arm();
}

void Drilling::say(std::optional<vrrp::DrillNote> note) {
  if (note) note->tally = counted();
  parts_.hello.say(peer_, std::move(note));
}

/// Those of a sync group go with the first of them.
void Drilling::hand_over() {
  const std::string why =
      base::concat("a drill, with ", parts_.hello.link().exchange().peer_name(peer_));
  std::vector<std::string> gone;
  for (const std::size_t vip : vips_) {
    const std::string& name = parts_.model.vips[vip].name;
    if (std::ranges::find(gone, name) != gone.end()) continue;
    const control::StepDown done = give_away_(vip, why);
    if (done.outcome != control::StepDown::Outcome::kDone) {
      const std::string fault =
          done.outcome == control::StepDown::Outcome::kNoPeer
              ? base::concat("nobody says that it could take over ", name)
              : base::concat("this node is not master of ", name, " any more");
      perform(lead_.break_off(fault, loop_.now()));
      perform(partner_.on_refused(fault));
      return;
    }
    gone.insert(gone.end(), done.vips.begin(), done.vips.end());
  }
}

void Drilling::tell(bool warning, std::string_view state, const std::string& message) {
  const std::string subject = base::join(names_of(vips_), ", ");
  parts_.log.log(warning ? base::LogLevel::kWarning : base::LogLevel::kInfo, "drill-step", subject,
                 base::concat(state, ": ", message));
  note(parts_.journal, loop_, "drill-step", subject, state, message);
}

void Drilling::finish() {
  lead_.count(counted());
  const auto& faults = lead_.result().faults;
  tell(!faults.empty(), faults.empty() ? "right" : "not right",
       faults.empty() ? std::string("the VIPs went and came back") : base::join(faults, "; "));
}

control::DrillView Drilling::view() const {
  return {.node = parts_.model.node().name, .drill = lead_, .began = began_};
}

void Drilling::arm() {
  std::optional<base::Instant> due;
  const auto consider = [&due](std::optional<base::Instant> at) {
    if (at) due = due ? std::min(*due, *at) : *at;
  };
  consider(lead_.deadline());
  consider(partner_.deadline());
  if (!looks_.empty() || lead_.runs()) consider(loop_.now() + kLookEvery);
  if (due) {
    tick_.arm_at(*due);
  } else {
    tick_.cancel();
  }
}

}  // namespace hapair::worker
