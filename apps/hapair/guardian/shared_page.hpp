// One page of memory that supervisor, guardian and worker share: who is alive. Heartbeats are plain
// stores, so beating costs no system call; a robust mutex that the worker holds for life tells of
// its death even while the kernel is still freeing its memory or writing its core.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace hapair::guardian {

class SharedPage {
 public:
  /// Maps a fresh page, shared with every process forked from now on.
  [[nodiscard]] static base::Result<SharedPage> create();
  ~SharedPage();
  SharedPage(SharedPage&& other) noexcept;
  SharedPage& operator=(SharedPage&& other) noexcept;

  void beat_worker(base::Instant now) { layout_->worker_beat.store(base::to_ns(now)); }
  void beat_guardian(base::Instant now) { layout_->guardian_beat.store(base::to_ns(now)); }
  [[nodiscard]] base::Instant worker_beat() const {
    return base::from_ns(layout_->worker_beat.load());
  }
  [[nodiscard]] base::Instant guardian_beat() const {
    return base::from_ns(layout_->guardian_beat.load());
  }

  /// The worker's claim to be alive, held until its death. Fails when another worker lives.
  [[nodiscard]] base::Result<void> hold_life();
  /// Blocks until nobody holds life, and keeps it from being held until let_live(). Both are for a
  /// thread that does nothing else.
  void await_death();
  void let_live();

 private:
  struct Layout {
    std::atomic<std::int64_t> worker_beat;
    std::atomic<std::int64_t> guardian_beat;
    pthread_mutex_t life;
  };
  static_assert(std::atomic<std::int64_t>::is_always_lock_free);

  explicit SharedPage(Layout* layout) : layout_(layout) {}

  Layout* layout_ = nullptr;
};

}  // namespace hapair::guardian
