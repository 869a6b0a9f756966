// When a VIP whose addresses could not be put on this host is tried again. While another node
// serves it, each try takes it from there: so vain ones come ever more seldom.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "common/base/time.hpp"

namespace hapair::worker {

class AddressRetry {
 public:
  static constexpr base::Duration kFirst = std::chrono::seconds(5);
  static constexpr base::Duration kLongest = std::chrono::minutes(10);

  /// The addresses can't be held. Soon after another try, that was a vain one.
  void on_lost(base::Instant now) {
    const bool again = due_ && now - *due_ <= wait_;
    wait_ = again ? std::min(2 * wait_, kLongest) : kFirst;
    due_ = now + wait_;
  }

  /// To be asked every kFirst; `served`: another node has the VIP.
  [[nodiscard]] bool is_due(base::Instant now, bool served) const {
    return !served || !due_ || now >= *due_;
  }

 private:
  std::optional<base::Instant> due_;
  base::Duration wait_ = kFirst;
};

}  // namespace hapair::worker
