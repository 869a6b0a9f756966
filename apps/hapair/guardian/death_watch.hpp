// Turns the death of the holder of SharedPage's life into a readable descriptor: a thread that does
// nothing but block on its futex. The kernel wakes it before the dead process's memory is
// freed, tens of milliseconds before end-of-file for a large worker.
#pragma once

#include <memory>

#include "apps/hapair/guardian/shared_page.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

class DeathWatch {
 public:
  /// `page` must outlive the process: the thread may wait in it for as long. To be started after
  /// the last fork without exec.
  [[nodiscard]] static base::Result<DeathWatch> start(SharedPage& page);
  DeathWatch(DeathWatch&&) noexcept = default;
  DeathWatch& operator=(DeathWatch&&) = delete;
  ~DeathWatch();

  /// Watches whoever holds life now.
  void arm();
  /// Readable once the holder is dead, until acknowledge(). Late news may be of the holder before:
  /// SharedPage::holder_died() tells.
  [[nodiscard]] int fd() const { return died_.get(); }
  void acknowledge();

 private:
  struct ThreadStart;
  static void* watch(void* start);

  DeathWatch(net::UniqueFd armed, net::UniqueFd died)
      : armed_(std::move(armed)), died_(std::move(died)) {}

  net::UniqueFd armed_;
  net::UniqueFd died_;
};

}  // namespace hapair::guardian
