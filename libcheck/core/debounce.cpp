#include "libcheck/core/debounce.hpp"

namespace hapair::check {

bool Debounce::on_observation(bool good, base::Instant now) {
  const bool is_change = counted_ && *counted_ != good;
  if (is_change && hold_ > base::Duration::zero()) {
    if (!due_) due_ = now + hold_;
    return false;
  }
  counted_ = good;
  due_.reset();
  return true;
}

bool Debounce::on_time(base::Instant now) {
  if (!due_ || now < *due_) return false;
  counted_ = !*counted_;
  due_.reset();
  return true;
}

}  // namespace hapair::check
