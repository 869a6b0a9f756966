// What one follower of the journal gets: the events behind a number, as JSON lines, a bounded batch
// at a time, straight from the journal's ring. So nothing is kept for a slow follower; one that the
// ring has overtaken is told how many it has missed: {"lost": 37}. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/journal.hpp"

namespace hapair::control {

class EventFeed {
 public:
  static constexpr std::size_t kBatch = 32;

  EventFeed() = default;
  /// What comes after this number; a number that the journal has not come to yet was another
  /// journal's, and stands for all there is.
  EventFeed(const base::Journal& journal, std::uint64_t after)
      : told_(after > journal.last_number() ? 0 : after) {}

  /// The next lines, at most kBatch; empty: there is nothing new.
  [[nodiscard]] std::string next(const base::Journal& journal);
  [[nodiscard]] bool behind(const base::Journal& journal) const {
    return told_ < journal.last_number();
  }

 private:
  std::uint64_t told_ = 0;  ///< the number of the last event told
};

}  // namespace hapair::control
