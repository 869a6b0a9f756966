// What the guardian decides, apart from any descriptor or clock: standing orders, time and the
// worker's signs of life go in, actions come out. The rules are those of docs/architecture.md,
// "Death":
//
//  * Adverts go out at their exact times, and leases are renewed, only while the worker is fresh.
//  * Addresses are put on, and their leases renewed, slice by slice, with a look at what else is
//  due
//    in between: a thousand addresses make no advert late. Putting them on waits for nothing else.
//  * Announcements are spread: a first one for each address, then the repetitions, at most
//    kAnnounceSlice in kAnnouncePause over all groups, and with a group's own gap between its own.
//    A group's first waits until all of its addresses are on the host.
//  * The first sign of the worker's death (its futex, its gasp, the end of its channel, a stale
//    heartbeat): its addresses fall silent, then its groups resign. The addresses stay on the host
//    until the process is gone, so that the kernel can close its connections, at most kReleaseCap.
//  * A worker that waits for the CPU is not hung: it is given CpuWait::kLimitFactor times its
//  limit,
//    because killing it would cost its clients more than waiting does.
//  * Stepping down asks the worker to hand over and waits for it, within limits.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "apps/hapair/guardian/address_range.hpp"
#include "apps/hapair/guardian/protocol.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace hapair::guardian {

/// Priority 0 resigns.
struct SendAdvert {
  std::size_t group = 0;
  std::uint8_t priority = 0;
  base::Duration interval{};
  bool operator==(const SendAdvert&) const = default;
};
/// The group has stopped advertising without resigning: nobody need resign for it later.
struct StopAdverts {
  std::size_t group = 0;
  bool operator==(const StopAdverts&) const = default;
};
/// Put at most kPutSlice addresses on their interfaces.
struct PutAddresses {
  std::vector<AddressRange> ranges;
  bool operator==(const PutAddresses&) const = default;
};
/// Put the group's routes and rules, which need its addresses; `afresh`: nothing is known of what
/// is there, else what is missing.
struct PutRoutes {
  std::size_t group = 0;
  bool afresh = false;
  bool operator==(const PutRoutes&) const = default;
};
/// Renew the leases of at most kRenewSlice addresses.
struct RenewAddresses {
  std::vector<AddressRange> ranges;
  bool operator==(const RenewAddresses&) const = default;
};
/// Move them to where nobody answers ARP for them.
struct SilenceAddresses {
  std::vector<std::size_t> groups;
  bool operator==(const SilenceAddresses&) const = default;
};
struct RemoveAddresses {
  std::vector<std::size_t> groups;
  bool operator==(const RemoveAddresses&) const = default;
};
/// One gratuitous ARP, or neighbour advertisement, for each of these addresses.
struct SendArp {
  AddressRange range;
  bool operator==(const SendArp&) const = default;
};
/// Adverts to one destination carry this checksum form; outlives the worker, so that its group's
/// resignation is understood too.
struct SetChecksum {
  std::size_t group = 0;
  std::size_t peer = 0;
  vrrp::ChecksumForm form = vrrp::ChecksumForm::kPseudoHeader;
  bool operator==(const SetChecksum&) const = default;
};
struct TellLeave {
  base::Duration drain{};
  bool operator==(const TellLeave&) const = default;
};

enum class Failure : std::uint8_t {
  kLifeLost,    ///< the kernel marked the end of the one that held life
  kGasp,        ///< the worker's signal handler sent its last byte
  kChannelEnd,  ///< the worker's channel is closed
  kGone,        ///< the process ended
  kHung,        ///< the heartbeat is older than its limit
  kStarved,     ///< it wanted to run for CpuWait::kLimitFactor times the limit, in vain
  kStartLimit,  ///< not ready within kStartLimit
  kLeaveLimit,  ///< did not hand over in time
};

/// The worker has failed; comes after what is urgent about it.
struct WorkerFailed {
  Failure failure = Failure::kGone;
  bool operator==(const WorkerFailed&) const = default;
};
/// Its heartbeat is late because it waits for the CPU; once each time that this begins.
struct WorkerStarved {
  bool operator==(const WorkerStarved&) const = default;
};
struct KillWorker {
  bool operator==(const KillWorker&) const = default;
};
/// Everything is released and nothing is left to watch: exit.
struct Finish {
  bool operator==(const Finish&) const = default;
};

using Action = std::variant<SendAdvert, StopAdverts, PutAddresses, PutRoutes, RenewAddresses,
                            SilenceAddresses, RemoveAddresses, SendArp, SetChecksum, TellLeave,
                            WorkerFailed, WorkerStarved, KillWorker, Finish>;
/// To be performed in order.
using Actions = std::vector<Action>;

/// What the worker shows of its life.
struct WorkerSigns {
  base::Instant beat;          ///< its latest heartbeat
  bool waits_for_cpu = false;  ///< asked for only once the heartbeat is older than its limit
  bool reloads = false;        ///< it takes in a new configuration, which may be a large one
};

class GuardianCore {
 public:
  static constexpr base::Duration kRenewEvery = std::chrono::milliseconds(400);
  /// Up to so much earlier, right behind an advert: netlink may have to wait for other programs,
  /// and then the next advert is furthest away.
  static constexpr base::Duration kRenewEarly = std::chrono::milliseconds(100);
  /// So many addresses are renewed at a time.
  static constexpr std::size_t kRenewSlice = 32;
  /// So many are put on at a time: one batch to the kernel.
  static constexpr std::size_t kPutSlice = 64;
  /// No slice begins that shortly before an advert, unless half of kRenewEvery has gone by: where
  /// adverts are that dense, leases count more.
  static constexpr base::Duration kSliceTime = std::chrono::milliseconds(2);
  /// So often is a worker looked at that waits for the CPU.
  static constexpr base::Duration kLookEvery = std::chrono::milliseconds(10);
  /// A worker that takes in a configuration may be silent for so many times its limit.
  static constexpr int kReloadFactor = 8;
  /// Routes and rules that could not be put are tried again so often.
  static constexpr base::Duration kRouteRetry = std::chrono::seconds(2);
  static constexpr base::Duration kReleaseCap = std::chrono::milliseconds(100);
  static constexpr base::Duration kStartLimit = std::chrono::seconds(10);
  /// Beyond the drain time, for the hand-over itself.
  static constexpr base::Duration kLeaveMargin = std::chrono::seconds(1);
  static constexpr base::Duration kMinInterval = std::chrono::milliseconds(10);
  static constexpr base::Duration kMaxInterval = std::chrono::seconds(255);
  static constexpr std::uint32_t kMaxAnnouncesPerSecond = 128;
  /// So many wait to be sent, for each address of a group: as many as one burst may have.
  static constexpr std::uint32_t kMaxAnnouncesOwed = 100;
  static constexpr std::size_t kAnnounceSlice = 32;
  static constexpr base::Duration kAnnouncePause = std::chrono::milliseconds(1);
  static constexpr std::uint32_t kMaxPutBacksPerSecond = 10;
  /// An advert late by more intervals than these comes after all that a peer waits for.
  static constexpr int kMissedAdverts = 2;
  /// A wake-up later than this means that this host stood still, not only the worker.
  static constexpr base::Duration kOwnLateness = std::chrono::milliseconds(50);

  struct GroupPlan {
    std::size_t addresses = 0;
    base::Duration announce_interval{};
    bool routes = false;  ///< or rules
  };

  GuardianCore(std::span<const GroupPlan> groups, base::Duration heartbeat_limit);

  /// Where a group of the next configuration comes from.
  struct Origin {
    std::optional<std::size_t> place{};  ///< among those so far; nullopt: it is new
    bool changed = false;                ///< its addresses, routes or rules are others
  };
  /// The groups of the next configuration in place of those so far; one for each plan. Standing
  /// orders stand, and what a group that is held has got anew is put on the host.
  [[nodiscard]] Actions on_reload(std::span<const GroupPlan> groups,
                                  std::span<const Origin> origins, base::Duration heartbeat_limit,
                                  base::Instant now);

  [[nodiscard]] Actions on_worker_started(base::Instant now);
  /// Advertise, StopAdvertising, Hold, Release, Announce, UseChecksum, WorkerReady and Left; an
  /// error is the reason to refuse. The other requests are not for here.
  [[nodiscard]] base::Result<Actions> on_order(const Request& order, base::Instant now);
  /// A first sign of the worker's death. Without effect when it is known.
  [[nodiscard]] Actions on_worker_dying(Failure sign, base::Instant now);
  /// The process has ended, its descriptors are closed.
  [[nodiscard]] Actions on_worker_gone(base::Instant now);
  /// Somebody else has taken an address of the group off: put back at once, unless that goes on and
  /// on (then by the next renewal) or a peer may have taken over (then behind the next advert).
  [[nodiscard]] Actions on_address_taken(std::size_t group, base::Instant now);
  /// The same of a route or rule: false when it is not to be put back now.
  [[nodiscard]] bool may_put_route_back(std::size_t group, base::Instant now);
  [[nodiscard]] Actions on_step_down(base::Duration drain, base::Instant now);
  /// Another guardian has all duties: nothing of them is ours to end. The worker leaves within
  /// `drain`, and who tells it is not for here.
  [[nodiscard]] Actions on_handed_over(base::Duration drain, base::Instant now);
  struct Orders {
    bool advertising = false;
    bool held = false;
    std::uint8_t priority = 0;
    base::Duration interval{};
  };
  /// What stands of the worker's orders about a group.
  [[nodiscard]] Orders orders_of(std::size_t group) const;
  /// To be called at next_wake(), or earlier.
  [[nodiscard]] Actions on_time(base::Instant now, const WorkerSigns& signs);

  /// nullopt: nothing is due.
  [[nodiscard]] std::optional<base::Instant> next_wake() const;

  /// Since then no advert was so late that a peer may have taken over.
  [[nodiscard]] base::Instant steady_since() const { return steady_since_; }

  /// When the group's latest advert was due; nullopt where it was sent at once, on an order.
  [[nodiscard]] std::optional<base::Instant> last_due(std::size_t group) const {
    return groups_[group].last_due;
  }

  /// When the group was ordered to be held, told once: when all its addresses were to be put on.
  [[nodiscard]] std::optional<base::Instant> take_placed(std::size_t group);
  /// The order found them there: nobody waits for them to be put on.
  void forget_ordered(std::size_t group) { groups_[group].ordered.reset(); }

  /// Whose addresses are on the host, by our own word.
  [[nodiscard]] std::vector<std::size_t> held_groups() const;

  /// False once the worker counts as dead: what it still says is void.
  [[nodiscard]] bool takes_orders() const {
    return worker_ == Worker::kStarting || worker_ == Worker::kServing;
  }

 private:
  enum class Worker : std::uint8_t {
    kAbsent,
    kStarting,
    kServing,   ///< its heartbeat counts
    kDying,     ///< silent and resigned; the addresses wait for its sockets to be closed
    kReleased,  ///< nothing is left on the host, but the process has not ended yet
  };

  /// So many pass in a second, counted from the first.
  class RateLimit {
   public:
    explicit RateLimit(std::uint32_t limit) : limit_(limit) {}
    [[nodiscard]] bool pass(base::Instant now);

   private:
    std::uint32_t limit_;
    base::Instant window_{};
    std::uint32_t passed_ = 0;  ///< within the window
  };

  struct Group {
    GroupPlan plan;
    bool advertising = false;
    std::uint8_t priority = 0;
    base::Duration interval{};
    base::Instant due{};
    std::optional<base::Instant> last_due{};
    bool missed = false;  ///< peers may have taken over: nothing is put on before the next advert
    bool held = false;
    std::optional<base::Instant> ordered{};  ///< to be held, until take_placed() has told
    std::size_t put_next = 0;       ///< while held: the first address that is still to be put on
    base::Instant routes_due{};     ///< where there are any, and its addresses are there
    std::uint32_t owed = 0;         ///< announcements of all addresses, this round's included
    std::size_t announce_next = 0;  ///< within the round
    base::Instant announce_due{};   ///< not before
    RateLimit announces{kMaxAnnouncesPerSecond};
    RateLimit put_backs{kMaxPutBacksPerSecond};
    RateLimit route_put_backs{kMaxPutBacksPerSecond};
  };

  Actions on_ready(base::Instant now);
  base::Result<Actions> advertise(const Advertise& order, base::Instant now);
  base::Result<Actions> announce(const Announce& order, base::Instant now);
  Actions stop_advertising(const StopAdvertising& order);
  Actions hold(const Hold& order, base::Instant now);
  Actions release(const Release& order);
  Actions on_left(base::Instant now);
  /// True when one was due.
  bool send_due_adverts(base::Instant now, Actions& out);
  void renew(base::Instant now, bool behind_advert, Actions& out);
  [[nodiscard]] std::vector<AddressRange> next_slice();
  [[nodiscard]] std::optional<base::Instant> next_advert() const;
  void owe_announcement(Group& group);
  static void let_go(Group& group);
  [[nodiscard]] static bool is_whole(const Group& group);
  void put_addresses(base::Instant now, Actions& out);
  void retry_routes(base::Instant now, Actions& out);
  void send_announcements(base::Instant now, Actions& out);
  [[nodiscard]] AddressRange next_announcements(std::size_t index, base::Instant now);
  [[nodiscard]] std::optional<base::Instant> next_announcement() const;
  void resign_all(Actions& out);
  void remove_all(Actions& out);
  void check_limits(base::Instant now, Actions& out);
  void skip_missed_adverts(base::Instant now);
  void renew_soon(base::Instant now);
  void judge(base::Instant now, const WorkerSigns& signs, Actions& out);

  std::vector<Group> groups_;
  base::Duration heartbeat_limit_;
  Worker worker_ = Worker::kAbsent;
  base::Instant beat_{};         ///< as last seen
  base::Instant grace_until_{};  ///< a stale heartbeat is forgiven: the whole host stood still
  base::Instant steady_since_{};
  bool stale_ = false;
  base::Instant put_due_{};             ///< where there are addresses to put on
  bool excused_ = false;                ///< a late heartbeat is
  base::Instant look_due_{};            ///< while it is
  base::Instant renew_due_{};           ///< when the next round begins
  std::optional<AddressRange> cursor_;  ///< within a round: where the next slice begins
  base::Instant slice_due_{};
  std::size_t announce_turn_ = 0;       ///< the group that comes next
  base::Instant announce_start_{};      ///< of the pause that counts
  std::size_t announced_ = 0;           ///< since then
  std::optional<base::Instant> limit_;  ///< of starting, dying or leaving
  bool stepping_down_ = false;
};

}  // namespace hapair::guardian
