// Where the records of finished exchanges go. Without a sink none is made.
#pragma once

#include "liblb/core/access_log.hpp"
#include "liblb/core/settings.hpp"

namespace hapair::lb {

class AccessSink {
 public:
  /// The record's views end with the call. `format` is as the frontend wants it, and not kOff.
  virtual void write(const AccessRecord& record, AccessFormat format) noexcept = 0;

 protected:
  ~AccessSink() = default;
};

}  // namespace hapair::lb
