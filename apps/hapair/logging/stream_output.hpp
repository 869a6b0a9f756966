// Lines to standard output or standard error: a pipe, a terminal, a socket such as journald's. The
// descriptor is shared with other processes, so its flags stay as they are.
#pragma once

#include "apps/hapair/logging/line_output.hpp"

namespace hapair::logging {

class StreamOutput final : public LineOutput {
 public:
  /// The descriptor stays open and the caller's.
  explicit StreamOutput(int fd);

  Sent send(LineQueue& queue) override;

 private:
  int fd_;
  bool socket_;
};

}  // namespace hapair::logging
