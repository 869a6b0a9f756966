// Where waiting lines leave this process. No implementation ever blocks.
#pragma once

#include <cstdint>

#include "apps/hapair/logging/line_queue.hpp"

namespace hapair::logging {

class LineOutput {
 public:
  virtual ~LineOutput() = default;

  struct Sent {
    std::uint64_t lines = 0;  ///< that went
    std::uint64_t lost = 0;   ///< that can never go: too long
    /// Why some are left: EAGAIN, there is no room now; anything else, it is broken for now.
    /// 0: none is left.
    int error = 0;
  };
  /// Sends what it can from the queue's front, and takes it off.
  virtual Sent send(LineQueue& queue) = 0;
};

}  // namespace hapair::logging
