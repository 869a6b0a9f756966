// One log file: lines are appended, and the file is opened anew when it was told to, or when a look
// once a second finds another one (or none) in its place, as after logrotate. What the disk does
// not take is counted and told of once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apps/hapair/guardian/grants.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

class LogFile {
 public:
  /// After a failure the disk is tried again at most so often; so often the file's place is looked
  /// at.
  static constexpr base::Duration kRetry = std::chrono::seconds(1);

  /// `gid` may read it. The logger outlives it.
  LogFile(std::string path, std::uint32_t gid, base::Logger& log)
      : path_(std::move(path)), gid_(gid), log_(log) {}

  struct Lost {
    std::uint32_t lines = 0;
    int error = 0;
  };
  /// Whole lines with their ends; tells how many of them are lost.
  [[nodiscard]] Lost write(std::string_view lines, base::Instant now);
  /// The next write opens it anew.
  void reopen();

 private:
  [[nodiscard]] base::Result<void> append(std::string_view lines, base::Instant now);
  base::Result<void> open();
  [[nodiscard]] bool still_there() const;

  std::string path_;
  std::uint32_t gid_;
  base::Logger& log_;
  net::UniqueFd fd_;
  std::uint64_t unwritten_ = 0;  ///< lines, since the last one that was written
  base::Instant retry_at_{};
  base::Instant look_at_{};
  int error_ = 0;
};

}  // namespace hapair::guardian
