// One page of memory that supervisor, guardian and worker share: who is alive, and how well the
// guardian keeps its times. Heartbeats are plain
// stores, so beating costs no system call; a robust futex that the worker holds for life tells of
// its death even while the kernel is still freeing its memory or writing its core.
//
// The worker may write what it likes here, so the others only read numbers from it. A pthread mutex
// would not do: it keeps list pointers in the page that whoever unlocks it writes through.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/guardian_timing.hpp"
#include "common/base/duration_summary.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace hapair::guardian {

/// What the guardian has done for a group since the supervisor started.
struct GroupFigures {
  std::uint64_t adverts = 0;        ///< sent
  std::uint64_t farewells = 0;      ///< of these, with priority 0
  base::DurationSummary placing{};  ///< from the order to hold its addresses until all are there
};

class SharedPage {
 public:
  /// Maps a fresh page, shared with every process forked from now on.
  [[nodiscard]] static base::Result<SharedPage> create();
  ~SharedPage();
  SharedPage(SharedPage&& other) noexcept;
  SharedPage& operator=(SharedPage&& other) noexcept;

  void beat_worker(base::Instant now) { layout_->worker_beat.store(base::to_ns(now)); }
  void beat_guardian(base::Instant now) { layout_->guardian_beat.store(base::to_ns(now)); }
  /// No pause between a group's adverts has been too long since. To be stored before the advert
  /// that ends such a pause.
  void set_steady_since(base::Instant at) { layout_->steady_since.store(base::to_ns(at)); }
  [[nodiscard]] base::Instant steady_since() const {
    return base::from_ns(layout_->steady_since.load());
  }
  /// How exactly the guardian keeps its times; each figure for itself is whole.
  void set_exact_times(const ExactTimes& exact) {
    layout_->real_time.store(exact.real_time ? 1 : 0);
    layout_->memory_locked.store(exact.memory_locked ? 1 : 0);
  }
  [[nodiscard]] ExactTimes exact_times() const {
    return {.real_time = layout_->real_time.load() != 0,
            .memory_locked = layout_->memory_locked.load() != 0};
  }
  void set_advert_lateness(const AdvertLateness& lateness);
  [[nodiscard]] AdvertLateness advert_lateness() const;
  /// `group` is below kMaxGroups.
  void set_last_advert(std::size_t group, base::Instant at) {
    layout_->last_adverts.at(group).store(base::to_ns(at));
  }
  [[nodiscard]] base::Instant last_advert(std::size_t group) const {
    return base::from_ns(layout_->last_adverts.at(group).load());
  }
  /// The guardian's alone to change; each figure for itself is whole. `group` as above.
  void set_figures(std::size_t group, const GroupFigures& figures);
  [[nodiscard]] GroupFigures figures(std::size_t group) const;
  [[nodiscard]] base::Instant worker_beat() const {
    return base::from_ns(layout_->worker_beat.load());
  }
  [[nodiscard]] base::Instant guardian_beat() const {
    return base::from_ns(layout_->guardian_beat.load());
  }

  /// The worker's claim to be alive: the kernel marks it when the calling thread ends. One worker
  /// at a time, which the supervisor sees to.
  [[nodiscard]] base::Result<void> hold_life();
  /// Blocks until the kernel has marked the holder's end. For a thread that does nothing else.
  void await_death() const;
  /// The last to hold life has died.
  [[nodiscard]] bool holder_died() const;

 private:
  struct Group {
    std::atomic<std::uint64_t> adverts;
    std::atomic<std::uint64_t> farewells;
    std::atomic<std::uint64_t> placed;
    std::atomic<std::int64_t> placing_sum;
    std::atomic<std::int64_t> placing_max;
  };
  struct Layout {
    std::atomic<std::int64_t> worker_beat;
    std::atomic<std::int64_t> guardian_beat;
    std::atomic<std::int64_t> steady_since;
    std::atomic<std::int64_t> advert_p50;
    std::atomic<std::int64_t> advert_p99;
    std::atomic<std::int64_t> advert_p999;
    std::atomic<std::int64_t> advert_max;
    std::atomic<std::uint64_t> adverts;
    std::atomic<std::uint32_t> real_time;
    std::atomic<std::uint32_t> memory_locked;
    std::array<std::atomic<std::int64_t>, kMaxGroups> last_adverts;
    std::array<Group, kMaxGroups> groups;
    std::atomic<std::uint32_t> life;  ///< a robust futex (set_robust_list(2))
  };
  static_assert(std::atomic<std::int64_t>::is_always_lock_free);
  static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

  explicit SharedPage(Layout* layout) : layout_(layout) {}

  Layout* layout_ = nullptr;
};

}  // namespace hapair::guardian
