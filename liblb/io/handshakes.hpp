// The TLS handshakes of an engine that are under way: a limited number, as each holds memory before
// anything is known of its client. At the limit the one that has waited longest for its client
// gives way to a new one: clients that mean it answer sooner.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/time.hpp"
#include "liblb/core/counters.hpp"
#include "liblb/core/rate.hpp"
#include "liblb/io/work_queue.hpp"

namespace hapair::lb {

class Handshakes {
 public:
  explicit Handshakes(std::size_t limit) : limit_(limit) {}

  /// One more begins. False: there is no room, and none gives way, as all wait for us.
  [[nodiscard]] bool enter(base::Instant now) {
    while (under_way_.current() >= limit_) {
      Task* oldest = waiting_.pop_front();
      if (oldest == nullptr) {
        ++refused_;
        return false;
      }
      ++dropped_;
      oldest->run();  // it leaves
    }
    under_way_.add();
    begun_.count(now);
    return true;
  }
  void leave() { under_way_.remove(); }

  /// It waits for its client, and is run where it has to give way.
  void wait(Task& gives_way) { waiting_.push_back(gives_way); }

  [[nodiscard]] const Gauge& under_way() const { return under_way_; }
  /// How many began in the second up to `now`.
  [[nodiscard]] std::uint64_t rate(base::Instant now) const { return begun_.rate(now); }
  [[nodiscard]] std::size_t limit() const { return limit_; }
  void set_limit(std::size_t limit) { limit_ = limit; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  std::size_t limit_;
  Gauge under_way_;
  RateMeter begun_;
  TaskList waiting_;  ///< longest first
  std::uint64_t dropped_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace hapair::lb
