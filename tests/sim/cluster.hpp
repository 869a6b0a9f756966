// A cluster of VRRP routers in virtual time, joined by a wire that loses, delays, repeats and
// spoils packets; each router's clock may run a little fast or slow. One seed gives one run. The
// real codec, receive checks and election are run; what the guardian would do (standing orders,
// addresses) is modelled and checked on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/random.hpp"
#include "libvrrp/core/election.hpp"
#include "libvrrp/core/receive_checks.hpp"

namespace hapair::sim {

/// What the wire does to each copy of a packet. Chances are in percent.
struct WireQuality {
  std::uint64_t loss = 0;
  std::uint64_t repeat = 0;
  std::uint64_t spoil = 0;     ///< one bit is turned over
  base::Duration max_delay{};  ///< each copy on its own, so packets overtake each other
};

/// How a node stops running for a while.
enum class PauseKind {
  kMachine,  ///< all of it: adverts stop, what is sent to it is lost
  kWorker,   ///< the decider only: adverts go on, what is sent to it waits in the socket
};

class Cluster {
 public:
  Cluster(std::vector<vrrp::GroupSettings> groups, std::uint64_t seed);

  void set_wire(const WireQuality& quality) { wire_ = quality; }
  /// The node's clock gains this many millionths. Before start().
  void set_drift(std::size_t node, std::int64_t ppm) { nodes_[node].drift_ppm = ppm; }

  void start(std::size_t node);
  void shut_down(std::size_t node);
  /// Gone without a word; start() brings it back as a new process.
  void crash(std::size_t node);
  /// The sender bears a paused worker for as long as a heartbeat may be late.
  void pause(std::size_t node, PauseKind kind, base::Duration time);
  void set_fitness(std::size_t node, vrrp::Verdict verdict, std::uint8_t priority);

  void run_until(base::Instant until);
  /// When something happens next; nullopt: never.
  [[nodiscard]] std::optional<base::Instant> next_at() const;

  /// For the sync group of a node; see vrrp::SyncMember.
  void grant(std::size_t node);
  void give_way(std::size_t node, std::string_view why);
  /// True once after a member has claimed or changed its role.
  [[nodiscard]] bool take_news(std::size_t node) { return std::exchange(nodes_[node].news, false); }

  [[nodiscard]] base::Instant now() const { return now_; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] bool running(std::size_t node) const { return nodes_[node].election != nullptr; }
  [[nodiscard]] const vrrp::Election& election(std::size_t node) const {
    return *nodes_[node].election;
  }
  [[nodiscard]] std::vector<std::size_t> masters() const;
  /// The longest time since watch() that more than one master was awake, or none.
  void watch();
  [[nodiscard]] base::Duration longest_two() const { return two_.longest; }
  [[nodiscard]] base::Duration longest_none() const { return none_.longest; }
  /// Role changes since the beginning; stands still when the cluster does.
  [[nodiscard]] std::uint64_t transitions() const { return transitions_; }
  /// The invariants that were broken, in words; empty in a good run.
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  /// What happened, for the reader of a failed run.
  [[nodiscard]] const std::vector<std::string>& journal() const { return journal_; }

 private:
  enum class What { kDeliver, kDeadline, kAdvertise, kResume };

  struct Event {
    base::Instant at{};
    std::uint64_t sequence = 0;  ///< equal times run in the order of making
    What what = What::kDeliver;
    std::size_t node = 0;
    std::uint64_t generation = 0;  ///< of the timer; an older one is cancelled
    base::IpAddress from{};
    std::shared_ptr<const std::vector<std::uint8_t>> payload{};  ///< shared by all copies

    bool operator>(const Event& other) const {
      return at != other.at ? at > other.at : sequence > other.sequence;
    }
  };

  struct Node {
    vrrp::GroupSettings settings;
    vrrp::Fitness fitness;
    std::unique_ptr<vrrp::Election> election;  ///< null: not running
    std::unique_ptr<vrrp::ReceiveChecks> checks;
    std::optional<vrrp::Advertise> order;  ///< standing
    bool holds = false;
    std::int64_t drift_ppm = 0;
    bool news = false;
    std::optional<base::Instant> deadline;
    std::uint64_t deadline_generation = 0;
    std::uint64_t order_generation = 0;
    std::optional<PauseKind> paused;
    std::optional<base::Instant> order_came_due;  ///< while the machine was paused
    vrrp::SendingSpan sending;                    ///< as the sender tells it
    std::vector<Event> waiting;                   ///< packets in the socket of a paused worker
  };

  /// How long something has been so, and was so at most.
  struct Spell {
    std::optional<base::Instant> since;
    base::Duration longest{};

    void note(bool is_so, base::Instant now);
  };

  [[nodiscard]] base::Instant shown(std::size_t node, base::Instant at) const;
  [[nodiscard]] base::Instant time_of(std::size_t node) const { return shown(node, now_); }
  [[nodiscard]] base::Instant when(std::size_t node, base::Instant on_its_clock) const;
  void take_note();
  void push(Event event);
  void dispatch(const Event& event);
  void deliver(const Event& event);
  void look_at_deadline(std::size_t node);
  void send_by_order(std::size_t node);
  void send_late(std::size_t node, base::Instant due);
  void schedule_advert(std::size_t node);
  void resume(std::size_t node);
  void send(std::size_t node, std::uint8_t priority);
  void send_copy(std::size_t to, const base::IpAddress& from,
                 const std::shared_ptr<const std::vector<std::uint8_t>>& payload);

  void perform(std::size_t node, const vrrp::Effects& effects);
  void perform(std::size_t node, const vrrp::Advertise& order);
  void perform(std::size_t node, const vrrp::StopAdvertising& order);
  void perform(std::size_t node, const vrrp::AcquireVips& order);
  void perform(std::size_t node, const vrrp::ReleaseVips& order);
  void perform(std::size_t node, const vrrp::Announce& order);
  void perform(std::size_t node, const vrrp::ArmDeadline& order);
  void perform(std::size_t node, const vrrp::DisarmDeadline& order);
  void perform(std::size_t node, const vrrp::Claim& claim);
  void perform(std::size_t node, const vrrp::Transition& transition);
  void perform(std::size_t node, const vrrp::Alarm& alarm);
  void check_consistent(std::size_t node);
  void expect(bool holds, std::size_t node, const char* invariant);
  void note(std::size_t node, const std::string& what);

  std::vector<Node> nodes_;
  base::Random random_;
  WireQuality wire_;
  base::Instant now_{};
  Spell two_;
  Spell none_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t transitions_ = 0;
  std::vector<std::string> violations_;
  std::vector<std::string> journal_;
};

}  // namespace hapair::sim
