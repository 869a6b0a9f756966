// The VRRP state machine of one VIP group: RFC 9568, section 6.4, and RFC 3768, section 6.4, whose
// machine is the same. Pure: inputs and the time go in, effects come out. All transitions of the
// machine are in election.cpp; RFC sections are cited at their branches.
//
// Where it goes beyond the RFCs:
//  - A router that was not running (a paused virtual machine, a starved process) trusts no silence
//    that it may have slept through. A backup whose deadline comes more than an advert interval
//    late listens once more; a master that was away for longer than its peers wait steps down and
//    listens first, unless its adverts have left all the while.
//  - The interval learnt from a master is bounded (docs/decisions/0004-learned-interval.md).
//  - A node can be unfit (kFault): it resigns and takes no part until it is fit again.
//  - Failback (Preempt_Mode in the RFC) may wait until this node has been stable for a while.
//  - A master whose priority says that it serves worse than we could is replaced after the skew
//    time, as if it had resigned, whatever the failback.
//  - While a living master keeps us backup, nobody else's farewell hurries us: it was late.
//  - A router that has just started, or whose network has come back, listens for a minimum time.
//  - A member of a sync group claims mastership instead of taking it; the group grants it when all
//    of its members claim (libvrrp/core/sync_group.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libvrrp/core/effects.hpp"
#include "libvrrp/core/election_memory.hpp"
#include "libvrrp/core/group_settings.hpp"
#include "libvrrp/core/priority.hpp"
#include "libvrrp/core/timing.hpp"

namespace hapair::vrrp {

class Election {
 public:
  /// After this many late deadlines in a row a backup acts on the next one, late or not: a node
  /// that is merely slow must still be able to replace a dead one.
  static constexpr int kMaxListenAgain = 3;

  Election(const GroupSettings& settings, Fitness fitness);

  /// The Startup event. Does nothing unless in kInitialize.
  [[nodiscard]] Effects on_start(base::Instant now);
  /// The Shutdown event: resigns when master. Does nothing in kInitialize.
  [[nodiscard]] Effects on_shutdown(std::string_view why);
  /// An advert that passed ReceiveChecks.
  [[nodiscard]] Effects on_advert(const Advert& advert, const base::IpAddress& from,
                                  base::Instant now);
  /// The deadline last armed has passed, and no advert is left unread. Does nothing when the
  /// deadline has been moved since.
  [[nodiscard]] Effects on_deadline(base::Instant now);
  /// What the node tracks has changed its priority or its verdict.
  [[nodiscard]] Effects on_fitness(const Fitness& fitness, base::Instant now);
  /// Other settings of the same virtual router: its role stands. What adverts say is told at once;
  /// a backup goes on as it was, and learns the rest from what it hears.
  [[nodiscard]] Effects on_settings(const GroupSettings& settings, base::Instant now);
  /// What the sender says of our adverts; to be told before on_advert() and on_deadline().
  void on_sending(const SendingSpan& span) { sending_ = span; }
  /// The sync group wins: every member claims. Does nothing unless we claim.
  [[nodiscard]] Effects on_grant(base::Instant now);
  /// An operator gives the role to a peer: a master resigns, and afterwards takes nothing back from
  /// a master that it hears, until it has been master again. Does nothing elsewhere.
  [[nodiscard]] Effects on_step_down(std::string_view why, base::Instant now);
  /// Another member of the sync group had to leave: a master resigns and listens.
  [[nodiscard]] Effects on_give_way(std::string_view why, base::Instant now);

  /// For the process that takes this one's place.
  [[nodiscard]] ElectionMemory memory() const;
  /// Goes on where another process stopped, in its state and with its deadline, as fit as this one
  /// finds itself. Does nothing unless in kInitialize.
  [[nodiscard]] Effects resume(const ElectionMemory& memory, base::Instant now);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const Fitness& fitness() const { return fitness_; }
  [[nodiscard]] std::uint8_t priority() const { return fitness_.priority; }
  /// A backup that would be master by now, but for its sync group.
  [[nodiscard]] bool claims() const { return claim_.has_value(); }
  /// It was told to step down, and takes nothing back while there is a master.
  [[nodiscard]] bool yields() const { return yields_; }
  /// Master_Adver_Interval (Active_Adver_Interval): as learnt, or our own.
  [[nodiscard]] base::Duration master_interval() const { return master_interval_; }
  [[nodiscard]] base::Duration master_down_interval() const;
  /// When this backup becomes master (or claims) unless a master is heard; nullopt elsewhere.
  [[nodiscard]] std::optional<base::Instant> would_be_master_at() const {
    return state_ == State::kBackup ? deadline_ : std::nullopt;
  }

 private:
  /// The advert that last told us of a living master, for the reasons we give.
  using Heard = HeardMaster;

  void on_advert_as_backup(const Advert& advert, const base::IpAddress& from, base::Instant now,
                           Effects& out);
  void on_advert_as_master(const Advert& advert, const base::IpAddress& from, base::Instant now,
                           Effects& out);
  void tolerate_lower(const Advert& advert, const base::IpAddress& from, base::Instant now,
                      Effects& out);
  void supersede(const Advert& advert, const base::IpAddress& from, base::Instant now,
                 Effects& out);
  void become_master(std::string reason, base::Instant now, Effects& out);
  void leave_master(State to, bool resign, std::string reason, Effects& out);
  void listen(base::Instant now, Effects& out);
  void listen_to_new_network(base::Instant now, Effects& out);
  void step_down_after_pause(base::Instant now, Effects& out);
  void learn_interval(const Advert& advert, const base::IpAddress& from, Effects& out);
  void compare_addresses(const Advert& advert, const base::IpAddress& from, Effects& out) const;
  void advertise(Effects& out) const;
  void arm(base::Instant at, Effects& out);
  void disarm(Effects& out);
  void move_to(State to, std::string reason, Effects& out);

  [[nodiscard]] bool outranks_us(const Advert& advert, const base::IpAddress& from) const;
  [[nodiscard]] bool obeys_another(const base::IpAddress& from, base::Instant now) const;
  [[nodiscard]] bool serves_worse(const Advert& advert) const;
  [[nodiscard]] bool fails_back() const;
  [[nodiscard]] base::Duration absence(base::Instant now) const;
  [[nodiscard]] base::Duration longest_absence() const;
  [[nodiscard]] std::string silence_reason(base::Instant now) const;

  GroupSettings settings_;
  Fitness fitness_;
  State state_ = State::kInitialize;
  base::Duration master_interval_;
  std::optional<base::Instant> deadline_;
  std::optional<Heard> heard_;
  std::optional<Heard> obeyed_;              ///< the last one that may stay master
  std::optional<base::Instant> preempt_at_;  ///< a lower-priority master is heard; see there
  base::Instant listening_since_{};
  base::Instant listen_until_{};      ///< not earlier does a worse master make us hurry
  std::optional<std::string> claim_;  ///< the reason to become master
  base::Instant master_since_{};
  SendingSpan sending_;
  std::optional<base::Instant> asserted_;  ///< when we last answered a router that we outrank
  int listened_again_ = 0;
  bool yields_ = false;  ///< see on_step_down()
};

}  // namespace hapair::vrrp
