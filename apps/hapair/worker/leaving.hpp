// VIPs that this node gives up on purpose while it goes on running: their connections end in order
// first (liblb/io/drain.hpp), then the role goes to the peer. VIPs of a sync group leave together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/event/event_loop.hpp"
#include "liblb/io/engine.hpp"

namespace hapair::worker {

class Leaving {
 public:
  /// What gives the role away in the end.
  using HandOver = std::function<void()>;
  /// Asked just before that: whether somebody would take it. Null: it is given away in any case.
  using MayGo = std::function<bool()>;
  /// What becomes of this node then: it stays ready, or keeps out of the election.
  enum class Order : std::uint8_t { kStepDown, kMaintenance };

  /// All of them outlive it.
  Leaving(event::EventLoop& loop, const config::Model& model, lb::Engine& engine,
          const base::Logger& log, base::Journal& journal);

  /// Those that leave with this one: of its sync groups, itself among them.
  [[nodiscard]] std::vector<std::size_t> together(std::size_t vip) const;
  /// `masters`: whose connections end first, at the latest within process.drain_timeout; none: at
  /// the end of this turn of the loop. A second word while the first one waits takes its place, but
  /// gives those that drain already no more time; and to step down is not the end of maintenance:
  /// there it says only how soon. `may_go` false in the end: the order is taken back.
  void begin(std::size_t vip, Order order, const std::vector<std::size_t>& masters,
             std::string_view why, HandOver hand_over, MayGo may_go = {});
  /// Takes begin() back; connections that still stand go on. False: there was none.
  bool cancel(std::size_t vip);
  /// Nothing of it is under way.
  [[nodiscard]] bool idle() const { return departures_.empty(); }
  /// Connections that were reset since the start because they did not end in time.
  [[nodiscard]] std::size_t reset() const { return reset_; }
  /// Another model is in place; only while it is idle.
  void on_reload() { stages_.assign(model_.vips.size(), Stage::kServing); }
  /// Names what did not end in time, in log and journal; nothing where all did.
  void tell(const std::string& subject, const lb::DrainReport& report);

 private:
  struct Departure {
    std::size_t vip = 0;
    Order order = Order::kStepDown;
    std::vector<std::size_t> masters{};    ///< whose connections end for it
    std::vector<std::size_t> waits_for{};  ///< those of them that have some yet
    HandOver hand_over{};
    MayGo may_go{};
  };
  enum class Stage : std::uint8_t { kServing, kDraining, kDrained };

  void drain(std::size_t vip, const std::vector<std::size_t>& company, std::string_view why);
  /// Those for which nobody leaves any more serve again.
  void end_unwanted_drains();
  void take_back(const Departure& departure);
  void on_drained(std::size_t vip, const lb::DrainReport& report);
  void settle() noexcept;

  event::EventLoop& loop_;
  const config::Model& model_;
  lb::Engine& engine_;
  const base::Logger& log_;
  base::Journal& journal_;
  std::vector<Departure> departures_;
  std::vector<Stage> stages_;  ///< by VIP
  std::size_t reset_ = 0;
  event::Deferred settle_;
};

}  // namespace hapair::worker
