// One target of log records and access lines: what it gets waits a few milliseconds at most, so
// that many leave with one system call; what can't leave waits until it can, and what there is no
// room for is dropped and counted. Records that repeat too often are held back. Never blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "apps/hapair/logging/line_form.hpp"
#include "apps/hapair/logging/line_output.hpp"
#include "apps/hapair/logging/line_queue.hpp"
#include "apps/hapair/logging/record_limiter.hpp"
#include "common/base/log.hpp"
#include "common/event/event_loop.hpp"

namespace hapair::logging {

class TargetSink final : public base::LogSink {
 public:
  /// Access lines wait so long for company.
  static constexpr base::Duration kGather = std::chrono::milliseconds(2);
  /// So many lines or bytes leave at once.
  static constexpr std::size_t kFullLines = 64;
  static constexpr std::size_t kFullBytes = 16 * 1024;
  /// Before there may be room again; before what is broken is tried again.
  static constexpr base::Duration kRoomPause = std::chrono::milliseconds(5);
  static constexpr base::Duration kRepairPause = std::chrono::seconds(1);
  static constexpr std::size_t kMaxWaiting = 512 * 1024;
  /// The record that tells of drops; its own is none.
  static constexpr std::string_view kDropRecord = "log-dropped";
  /// The record that tells of what was held back.
  static constexpr std::string_view kHeldBackRecord = "log-held-back";

  /// `name`: "syslog 127.0.0.1:514". The loop outlives it.
  TargetSink(event::EventLoop& loop, std::string name, LineWriter writer,
             std::unique_ptr<LineOutput> output, std::size_t max_waiting = kMaxWaiting,
             const RecordLimiter::Settings& limit = {});
  /// Sends what it can, word of what was held back included.
  ~TargetSink() override;

  /// Leaves at once.
  void write(const base::LogRecord& record) noexcept override;
  /// `fields`: the same in the journal's own form, where takes_fields().
  void write_access(std::string_view line, base::WallTime now,
                    std::string_view fields = {}) noexcept;
  [[nodiscard]] bool takes_fields() const { return writer_.takes_fields(); }
  /// Before it gets less, or nothing: what was held back is told of now, and not later.
  void settle();
  /// Lines that had been taken, but got lost on their way, as the output has heard.
  void add_lost(std::uint64_t lines, int error);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  /// Records that were not written, since others like them were.
  [[nodiscard]] std::uint64_t held_back() const { return limiter_.held_back(); }
  /// Why lines wait or were dropped last, in words; empty: they leave as they come.
  [[nodiscard]] std::string fault() const;

 private:
  void put(const base::LogRecord& record);
  void tell_held_back(base::Instant now);
  void flush();
  void on_timer() noexcept { flush(); }
  void on_interval_end() noexcept;

  std::string name_;
  LineWriter writer_;
  std::unique_ptr<LineOutput> output_;
  LineQueue queue_;
  RecordLimiter limiter_;
  event::Timer timer_;
  event::Timer interval_end_;
  bool blocked_ = false;  ///< the last attempt left lines behind: the timer tries again
  int error_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace hapair::logging
