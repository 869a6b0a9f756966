// Feeds the journal's file: gets the last lines of an earlier run, then sends each event as a line
// to the process that writes the file. It never waits for a disk; what can't be sent is counted.
#pragma once

#include <chrono>
#include <cstdint>

#include "common/base/journal.hpp"
#include "common/base/time.hpp"
#include "common/net/seqpacket.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::worker {

class JournalFeed final : public base::JournalListener {
 public:
  /// A start is not held up longer by a disk that stalls.
  static constexpr std::chrono::milliseconds kTailTimeout{500};

  /// Restores the journal and listens to it from here on; it outlives this.
  /// `held`: the file is another process's until begin().
  JournalFeed(net::UniqueFd channel, base::Journal& journal, bool held = false);
  ~JournalFeed() { journal_.forget(*this); }
  JournalFeed(const JournalFeed&) = delete;
  JournalFeed& operator=(const JournalFeed&) = delete;

  /// Also writes what was decided while it was held.
  void begin();

  void on_journal_event(const base::JournalEvent& event) noexcept override;

  /// Events that are missing in the file because its writer did not keep up or is gone.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  void restore(base::Journal& journal);

  base::Journal& journal_;
  bool held_;
  net::SeqpacketChannel channel_;
  std::uint64_t dropped_ = 0;
};

}  // namespace hapair::worker
