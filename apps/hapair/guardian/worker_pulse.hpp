// The worker's signs of life towards the guardian: the heartbeat, the life it holds, and the
// gasp, one last byte that a crashing worker sends before the kernel writes its core.
#pragma once

#include "apps/hapair/guardian/shared_page.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace hapair::guardian {

class WorkerPulse {
 public:
  /// Takes life and installs handlers for SIGSEGV, SIGBUS, SIGABRT, SIGILL and SIGFPE that
  /// gasp on `channel_fd` (the worker's end of the guardian channel) and let the signal kill.
  [[nodiscard]] static base::Result<WorkerPulse> start(SharedPage& page, int channel_fd);

  void beat(base::Instant now) { page_->beat_worker(now); }
  [[nodiscard]] const SharedPage& page() const { return *page_; }

 private:
  explicit WorkerPulse(SharedPage& page) : page_(&page) {}

  SharedPage* page_;
};

}  // namespace hapair::guardian
