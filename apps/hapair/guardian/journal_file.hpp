// The journal's file: lines are appended, and a file that has grown to its limit makes room for a
// new one, beside which the one before is kept as FILE.1. What can't be written is counted and told
// of once; the last lines stay in memory for the next worker whether or not the disk took them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "apps/hapair/guardian/grants.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

/// `line`, which has the number 0, with the number after the last one of `tail`; empty where it is
/// no such line.
[[nodiscard]] std::string numbered(std::string_view line, std::string_view tail);

class JournalFile {
 public:
  /// After a failure the disk is tried again at most so often.
  static constexpr base::Duration kRetry = std::chrono::seconds(1);
  static constexpr std::size_t kMaxLine = 8 * 1024;

  /// Reads the last lines of an earlier run. The logger outlives it.
  JournalFile(JournalGrant grant, std::size_t tail_bytes, base::Logger& log);

  /// One line, without its end; control characters in it are replaced, what is too long is dropped.
  void write(std::string_view line, base::Instant now);

  /// The last lines, whole, oldest first.
  [[nodiscard]] const std::string& tail() const { return tail_; }
  [[nodiscard]] std::uint64_t unwritten() const { return unwritten_; }

 private:
  void remember(std::string_view line);
  base::Result<void> append(std::string_view line);
  base::Result<void> open();
  void rotate();

  JournalGrant grant_;
  std::size_t tail_bytes_;
  base::Logger& log_;
  std::string tail_;
  net::UniqueFd fd_;
  std::uint64_t size_ = 0;
  std::uint64_t unwritten_ = 0;  ///< since the last one that was written
  base::Instant retry_at_{};
};

}  // namespace hapair::guardian
