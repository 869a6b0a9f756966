#include "libvrrp/core/election.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"
#include "libvrrp/core/neighbourhood.hpp"
#include "libvrrp/core/timing.hpp"

namespace hapair::vrrp {
namespace {

/// As people read times in a log: milliseconds are fine enough.
std::string rounded(base::Duration duration) {
  return base::format_duration(std::chrono::round<std::chrono::milliseconds>(duration));
}

}  // namespace

Election::Election(const GroupSettings& settings, Fitness fitness)
    : settings_(settings),
      fitness_(std::move(fitness)),
      master_interval_(settings.advert_interval) {}

Effects Election::on_start(base::Instant now) {
  Effects out;
  if (state_ != State::kInitialize) return out;
  if (!fitness_.fit()) {
    move_to(State::kFault, fitness_.reason, out);
  } else if (fitness_.priority == kOwnerPriority && !settings_.synced) {
    // RFC 9568, section 6.4.1: the owner does not wait.
    become_master("started as the address owner (priority 255)", now, out);
  } else {
    move_to(State::kBackup, "started", out);
    listen_to_new_network(now, out);
  }
  return out;
}

Effects Election::on_shutdown(std::string_view why) {
  Effects out;
  switch (state_) {
    case State::kInitialize:
      break;
    case State::kMaster:
      leave_master(State::kInitialize, true, std::string(why), out);  // section 6.4.3, Shutdown
      break;
    case State::kBackup:  // section 6.4.2, Shutdown
    case State::kFault:
      move_to(State::kInitialize, std::string(why), out);
      break;
  }
  claim_.reset();
  disarm(out);
  return out;
}

Effects Election::on_advert(const Advert& advert, const base::IpAddress& from, base::Instant now) {
  Effects out;
  if (state_ == State::kInitialize || state_ == State::kFault) return out;
  compare_addresses(advert, from, out);
  if (state_ == State::kMaster && absence(now) > longest_absence()) {
    step_down_after_pause(now, out);
  }
  if (state_ == State::kMaster) {
    on_advert_as_master(advert, from, now, out);
  } else {
    on_advert_as_backup(advert, from, now, out);
  }
  return out;
}

Effects Election::on_deadline(base::Instant now) {
  Effects out;
  if (!deadline_ || now < *deadline_) return out;
  const base::Duration late = now - *deadline_;
  if (state_ == State::kMaster) {
    if (absence(now) > longest_absence()) {
      step_down_after_pause(now, out);
    } else {
      // Section 6.4.3, Adver_Timer: the standing order sends the advert; we only show that we
      // are awake.
      arm(now + settings_.advert_interval, out);
    }
    return out;
  }
  if (late > master_interval_ && listened_again_ < kMaxListenAgain) {
    ++listened_again_;
    out.push_back(Alarm{AlarmKind::kPaused,
                        base::concat("the master's silence was noticed ", rounded(late),
                                     " late; this node was not running, so it listens for another ",
                                     rounded(master_down_interval()), " before it takes over")});
    arm(now + master_down_interval(), out);
    return out;
  }
  if (settings_.synced) {
    claim_ = silence_reason(now);
    out.push_back(Claim{});
    arm(now + settings_.advert_interval, out);
  } else {
    become_master(silence_reason(now), now, out);  // section 6.4.2, Active_Down_Timer
  }
  return out;
}

Effects Election::on_grant(base::Instant now) {
  Effects out;
  if (state_ == State::kBackup && claim_) become_master(std::string(*claim_), now, out);
  return out;
}

Effects Election::on_step_down(std::string_view why, base::Instant now) {
  Effects out = on_give_way(why, now);
  if (!out.empty()) yields_ = true;
  return out;
}

Effects Election::on_give_way(std::string_view why, base::Instant now) {
  Effects out;
  if (state_ != State::kMaster) return out;
  leave_master(State::kBackup, true, std::string(why), out);
  listen(now, out);
  return out;
}

Effects Election::on_fitness(const Fitness& fitness, base::Instant now) {
  Effects out;
  const bool priority_changed = fitness.priority != fitness_.priority;
  const bool was_cut_off = fitness_.cut_off;
  fitness_ = fitness;
  switch (state_) {
    case State::kInitialize:
      break;
    case State::kBackup:
      if (!fitness_.fit()) {
        move_to(State::kFault, fitness_.reason, out);
        claim_.reset();
        disarm(out);
      }
      break;
    case State::kMaster:
      if (!fitness_.fit()) {
        leave_master(State::kFault, true, fitness_.reason, out);
        disarm(out);
      } else if (priority_changed) {
        advertise(out);
      }
      break;
    case State::kFault:
      if (fitness_.fit()) {
        move_to(State::kBackup, "fit again", out);
        if (was_cut_off) {
          listen_to_new_network(now, out);
        } else {
          listen(now, out);
        }
      }
      break;
  }
  return out;
}

Effects Election::on_settings(const GroupSettings& settings, base::Instant now) {
  Effects out;
  const bool interval = settings.advert_interval != settings_.advert_interval;
  const bool addresses = settings.addresses != settings_.addresses;
  const bool failback = settings.failback.kind != settings_.failback.kind ||
                        settings.failback.stable != settings_.failback.stable;
  settings_ = settings;
  if (state_ == State::kMaster) {
    if (interval || addresses) advertise(out);
    if (!interval) return out;
    master_interval_ = settings_.advert_interval;
    arm(now + settings_.advert_interval, out);
    return out;
  }
  if (!settings_.synced) claim_.reset();  // the next deadline takes the role itself
  if (failback) preempt_at_.reset();
  // What a master has said counts for more than what we would do in its place.
  if (interval && (!heard_ || settings_.version == Version::kV2)) {
    master_interval_ = settings_.advert_interval;
    if (state_ == State::kBackup) {
      arm(std::max(*deadline_, now + master_down_interval()), out);
    }
  }
  return out;
}

base::Duration Election::master_down_interval() const {
  return vrrp::master_down_interval(settings_.version, fitness_.priority, master_interval_);
}

void Election::on_advert_as_backup(const Advert& advert, const base::IpAddress& from,
                                   base::Instant now, Effects& out) {
  const bool worse = advert.priority < fitness_.priority && serves_worse(advert);
  if ((worse || advert.priority == kResignPriority) && obeys_another(from, now)) return;
  if (advert.priority == kResignPriority) {
    // Section 6.4.2, priority 0: the master leaves; only the skew decides who is next.
    heard_ = {from, advert.priority, now};
    obeyed_.reset();
    preempt_at_.reset();
    claim_.reset();
    arm(now + skew_time(settings_.version, fitness_.priority, master_interval_), out);
    return;
  }
  if (worse) {
    supersede(advert, from, now, out);
    return;
  }
  if (advert.priority < fitness_.priority && fails_back()) {
    tolerate_lower(advert, from, now, out);
    return;
  }
  // Section 6.4.2, no preemption or no lower priority: a master that may stay.
  heard_ = {from, advert.priority, now};
  obeyed_ = heard_;
  preempt_at_.reset();
  claim_.reset();
  listened_again_ = 0;
  learn_interval(advert, from, out);
  arm(now + master_down_interval(), out);
}

/// A master that we would replace. The RFC discards its adverts, so that our deadline runs out
/// (section 6.4.2). With a delay, they keep us quiet until that is over too.
void Election::tolerate_lower(const Advert& advert, const base::IpAddress& from, base::Instant now,
                              Effects& out) {
  heard_ = {from, advert.priority, now};
  if (!preempt_at_) preempt_at_ = std::max(*deadline_, now + settings_.failback.stable);
  if (settings_.failback.stable == base::Duration::zero()) return;
  learn_interval(advert, from, out);
  listened_again_ = 0;
  arm(std::min(now + master_down_interval(), std::max(now, *preempt_at_)), out);
}

/// A master that serves worse than we do. Its own adverts say so, so it counts as one that leaves:
/// the skew time decides which of the backups is next.
void Election::supersede(const Advert& advert, const base::IpAddress& from, base::Instant now,
                         Effects& out) {
  heard_ = {from, advert.priority, now};
  obeyed_.reset();
  const base::Instant soon = std::max(
      now + skew_time(settings_.version, fitness_.priority, master_interval_), listen_until_);
  preempt_at_ = std::min(soon, *deadline_);
  listened_again_ = 0;
  if (*preempt_at_ < *deadline_) arm(*preempt_at_, out);
}

void Election::on_advert_as_master(const Advert& advert, const base::IpAddress& from,
                                   base::Instant now, Effects& out) {
  if (advert.priority == kResignPriority) {
    advertise(out);  // section 6.4.3, priority 0
    return;
  }
  if (advert.priority == kOwnerPriority && fitness_.priority == kOwnerPriority) {
    out.push_back(Alarm{AlarmKind::kTwoOwners,
                        base::concat(name_of(settings_, from),
                                     " claims priority 255 (address owner) as this node does; only "
                                     "one node may have it")});
  }
  if (outranks_us(advert, from)) {
    // Section 6.4.3, a better master. One more advert makes the winner announce the addresses
    // again, after we did for the last time.
    advertise(out);
    heard_ = {from, advert.priority, now};
    obeyed_ = heard_;
    leave_master(State::kBackup, false,
                 advert.priority == fitness_.priority
                     ? base::concat(from.to_string(), " has the same priority (", advert.priority,
                                    ") and the higher address")
                     : base::concat(from.to_string(), " has priority ", advert.priority,
                                    ", this node has ", fitness_.priority),
                 out);
    learn_interval(advert, from, out);
    arm(now + master_down_interval(), out);
    return;
  }
  // Section 6.4.3, a lesser master. In the first interval it is the one that we took over from,
  // saying farewell.
  if (now - master_since_ >= settings_.advert_interval) {
    out.push_back(
        Alarm{AlarmKind::kAnotherMaster,
              base::concat(name_of(settings_, from), " advertises as master too (priority ",
                           advert.priority, ", this node has ", fitness_.priority,
                           "); it did not hear this node or has just come back")});
  }
  // Tell it at once, but only once an interval, so that nobody can make us flood.
  if (asserted_ && now - *asserted_ < settings_.advert_interval) return;
  asserted_ = now;
  advertise(out);
  out.push_back(Announce{});
}

void Election::become_master(std::string reason, base::Instant now, Effects& out) {
  advertise(out);
  out.push_back(AcquireVips{});
  out.push_back(Announce{});
  move_to(State::kMaster, std::move(reason), out);
  master_since_ = now;
  master_interval_ = settings_.advert_interval;
  heard_.reset();
  obeyed_.reset();
  preempt_at_.reset();
  claim_.reset();
  asserted_.reset();
  listened_again_ = 0;
  yields_ = false;
  arm(now + settings_.advert_interval, out);
}

void Election::leave_master(State to, bool resign, std::string reason, Effects& out) {
  out.push_back(StopAdvertising{resign});
  move_to(to, std::move(reason), out);
  out.push_back(ReleaseVips{});
}

/// Takes nothing heard before for granted (section 6.4.1).
void Election::listen(base::Instant now, Effects& out) {
  master_interval_ = settings_.advert_interval;
  heard_.reset();
  obeyed_.reset();
  preempt_at_.reset();
  claim_.reset();
  listened_again_ = 0;
  listening_since_ = now;
  listen_until_ = now + master_down_interval();
  arm(listen_until_, out);
}

/// A network that is still coming up lets nothing through, which sounds like silence. When it comes
/// up for all together, the preferred one is to be first: the others wait half as long again.
void Election::listen_to_new_network(base::Instant now, Effects& out) {
  listen(now, out);
  listen_until_ = std::max(listen_until_, now + settings_.startup_delay +
                                              settings_.scale.rank * settings_.startup_delay / 2);
  if (listen_until_ > *deadline_) arm(listen_until_, out);
}

void Election::step_down_after_pause(base::Instant now, Effects& out) {
  const std::string away = rounded(now - *deadline_ + settings_.advert_interval);
  out.push_back(Alarm{AlarmKind::kPaused,
                      base::concat("this node was not running for ", away,
                                   " while master; another may have taken over, so it steps down "
                                   "and listens first")});
  leave_master(State::kBackup, true, base::concat("was not running for ", away), out);
  listen(now, out);
}

/// Version 3 backups take over the master's interval (section 6.4.2); version 2 has no other than
/// the configured one.
void Election::learn_interval(const Advert& advert, const base::IpAddress& from, Effects& out) {
  if (settings_.version == Version::kV2) return;
  master_interval_ = believable_interval(advert.interval, settings_.advert_interval);
  if (master_interval_ == advert.interval) {
    if (advert.interval == settings_.advert_interval) return;
    out.push_back(Alarm{AlarmKind::kIntervalDiffers,
                        base::concat(name_of(settings_, from), " advertises every ",
                                     base::format_duration(advert.interval), ", this node every ",
                                     base::format_duration(settings_.advert_interval),
                                     "; the master's counts; set the same on all routers")});
    return;
  }
  out.push_back(Alarm{
      AlarmKind::kUnbelievableInterval,
      base::concat(name_of(settings_, from), " claims an advert interval of ",
                   base::format_duration(advert.interval), ", this node has ",
                   base::format_duration(settings_.advert_interval), "; taken as ",
                   base::format_duration(master_interval_), "; set the same on all routers")});
}

/// A valid master with other addresses is still a master: to reject it would make two. RFC 9568,
/// section 7.1, leaves it to us.
void Election::compare_addresses(const Advert& advert, const base::IpAddress& from,
                                 Effects& out) const {
  if (std::ranges::is_permutation(advert.addresses, settings_.addresses)) return;
  out.push_back(Alarm{
      AlarmKind::kAddressesDiffer,
      base::concat(name_of(settings_, from), " advertises other addresses than this node has: ",
                   difference(advert.addresses, settings_.addresses),
                   "; use the same file on all nodes, or another router_id if "
                   "this is another cluster")});
}

void Election::advertise(Effects& out) const {
  out.push_back(Advertise{fitness_.priority, settings_.advert_interval});
}

void Election::arm(base::Instant at, Effects& out) {
  deadline_ = at;
  out.push_back(ArmDeadline{at});
}

void Election::disarm(Effects& out) {
  if (!deadline_) return;
  deadline_.reset();
  out.push_back(DisarmDeadline{});
}

void Election::move_to(State to, std::string reason, Effects& out) {
  out.push_back(Transition{std::exchange(state_, to), to, std::move(reason)});
}

bool Election::outranks_us(const Advert& advert, const base::IpAddress& from) const {
  if (advert.priority != fitness_.priority) return advert.priority > fitness_.priority;
  return from > settings_.own_address;
}

/// Another living master keeps us backup, so the farewell of this one, which may have been
/// overtaken on the way, must not hurry us: we would be a second master for an interval.
bool Election::obeys_another(const base::IpAddress& from, base::Instant now) const {
  return obeyed_ && obeyed_->from != from && now - obeyed_->at < master_down_interval();
}

/// Both priorities say how well their nodes serve; the owner's says nothing but that.
bool Election::serves_worse(const Advert& advert) const {
  return verdict_on_wire(settings_.scale, advert.priority) > fitness_.verdict;
}

/// Preempt_Mode. The owner always has it (RFC 9568, section 6.1).
bool Election::fails_back() const {
  if (yields_) return false;
  return settings_.failback.kind != Failback::Kind::kNever || fitness_.priority == kOwnerPriority;
}

/// How late a master's own tick may be before its peers must be thought to have taken over. Its
/// adverts go on without it for the sender's grace, so a shorter absence was not noticed by anyone.
/// For how long our peers may have missed a master: they know its adverts only.
/// How long, at worst, our peers have heard nothing of us. Where the sender has not paused since we
/// were last awake, its last advert counts; it was due at most an interval before that.
base::Duration Election::absence(base::Instant now) const {
  const base::Instant awake = *deadline_ - settings_.advert_interval;
  if (sending_.since > awake) return now - awake;
  return now - std::max(awake - settings_.advert_interval, sending_.until);
}

base::Duration Election::longest_absence() const {
  return vrrp::master_down_interval(settings_.version, kOwnerPriority, settings_.advert_interval);
}

std::string Election::silence_reason(base::Instant now) const {
  if (!heard_) return base::concat("no master heard for ", rounded(now - listening_since_));
  const std::string who = heard_->from.to_string();
  if (heard_->priority == kResignPriority) return base::concat(who, " resigned");
  if (preempt_at_ && now >= *preempt_at_) {
    const Verdict theirs = verdict_on_wire(settings_.scale, heard_->priority);
    const std::string worse =
        theirs > fitness_.verdict ? base::concat(to_string(theirs), ", ") : std::string();
    return base::concat("preempts ", who, " (", worse, "priority ", heard_->priority,
                        ", this node has ", fitness_.priority, ")");
  }
  return base::concat(who, " not heard for ", rounded(now - heard_->at));
}

}  // namespace hapair::vrrp
