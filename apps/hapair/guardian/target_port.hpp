// How the worker asks the guardian about a target.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hapair::guardian {

class TargetPort {
 public:
  /// `again`: the same run, whose answer was that it is pending.
  virtual void check_target(std::size_t target, std::uint16_t run, bool again) = 0;

 protected:
  ~TargetPort() = default;
};

}  // namespace hapair::guardian
