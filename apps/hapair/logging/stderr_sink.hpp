// Log records to standard error: for a terminal with a time stamp, for journald with the level as
// a "<N>" prefix (sd-daemon(3)). Never blocks: when nobody reads the pipe, records are counted as
// dropped.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/log.hpp"

namespace hapair::logging {

class StderrSink final : public base::LogSink {
 public:
  /// `journald`: JOURNAL_STREAM names this descriptor's stream.
  explicit StderrSink(bool journald) : journald_(journald) {}

  void write(const base::LogRecord& record) noexcept override;
  /// One finished line (an access line), at level info.
  void write_line(std::string_view text) noexcept;
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  void put(int severity, std::string_view kind, std::string_view text) noexcept;

  void put(base::LogLevel level, std::string_view text) noexcept;

  bool journald_;
  std::uint64_t dropped_ = 0;
};

}  // namespace hapair::logging
