// A descriptor that is kept for the moment when there is none: given up, its number is free for one
// connection that must be let in. Lazily renewed once there are some again.
#pragma once

#include <sys/eventfd.h>

#include "common/net/unique_fd.hpp"

namespace hapair::net {

class SpareDescriptor {
 public:
  SpareDescriptor() { renew(); }

  /// False: it is not there.
  [[nodiscard]] bool give_up() {
    if (!fd_) return false;
    fd_.reset();
    return true;
  }
  /// Takes one again, if there is one to take.
  void renew() {
    if (!fd_) fd_ = UniqueFd(::eventfd(0, EFD_CLOEXEC));
  }
  [[nodiscard]] bool held() const { return static_cast<bool>(fd_); }

 private:
  UniqueFd fd_;
};

}  // namespace hapair::net
