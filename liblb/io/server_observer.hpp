// Hears of the engine what the traffic of servers shows; the wiring tells the health registry.
#pragma once

#include <cstddef>
#include <string>

#include "liblb/core/observation.hpp"
#include "liblb/core/outlier_detector.hpp"

namespace hapair::lb {

class ServerObserver {
 public:
  /// A server's traffic met with too many errors in a row; outside all exchanges.
  virtual void on_error_limit(std::size_t backend, std::size_t server, Met last) noexcept = 0;
  /// A server was ejected for doing worse than its siblings, comes back, or is one of them again.
  virtual void on_outlier(std::size_t backend, std::size_t server, OutlierDetector::Phase phase,
                          std::string reason) noexcept = 0;
  /// Traffic goes to servers that are down too, or no longer. A health must not be set within.
  virtual void on_panic(std::size_t backend, bool begins) noexcept = 0;
  /// Statistics are about to be gathered: healths that differ in what only these show are set now,
  /// of up to `most` servers from the one on that `next` counts to, which moves on. True: that was
  /// all.
  [[nodiscard]] virtual bool on_stats_wanted(std::size_t& next, std::size_t most) noexcept {
    next += most;
    return true;
  }

 protected:
  ~ServerObserver() = default;
};

}  // namespace hapair::lb
