// Log records and the interface they leave through. The levels mean action: error, someone must
// act; warning, degraded; info, a state changed; debug, the rest. Each record has a stable id (its
// page is in docs/messages.md), a subject (the VIP, server or process it is about) and a sentence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.hpp"

namespace hapair::base {

enum class LogLevel : std::uint8_t { kError, kWarning, kInfo, kDebug };

[[nodiscard]] std::string_view to_string(LogLevel level);

struct LogRecord {
  LogLevel level = LogLevel::kInfo;
  std::string_view id;       ///< "vrrp-transition"; from docs/messages.md, never reused
  std::string_view subject;  ///< "VI_1", "web_server/node1"; empty where there is none
  std::string_view message;
};

/// Where records go: stderr, syslog, a test's memory. Must not block and must not throw.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(const LogRecord& record) noexcept = 0;
};

/// Hands records to every sink that takes their level. Not a global: whoever logs is given one.
class Logger {
 public:
  /// `sink` must outlive the logger. Records above `most_verbose` do not reach it.
  void add_sink(LogSink& sink, LogLevel most_verbose);
  void remove_sink(const LogSink& sink);
  void remove_sinks();

  /// True when some sink would take the level: guards the cost of building a message.
  [[nodiscard]] bool takes(LogLevel level) const { return level <= most_verbose_; }

  void log(LogLevel level, std::string_view id, std::string_view subject,
           std::string_view message) const noexcept;
  void error(std::string_view id, std::string_view subject,
             std::string_view message) const noexcept;
  void warning(std::string_view id, std::string_view subject,
               std::string_view message) const noexcept;
  void info(std::string_view id, std::string_view subject, std::string_view message) const noexcept;
  void debug(std::string_view id, std::string_view subject,
             std::string_view message) const noexcept;

 private:
  struct Entry {
    LogSink* sink;
    LogLevel most_verbose;
  };
  std::vector<Entry> sinks_;
  LogLevel most_verbose_ = LogLevel::kError;
};

}  // namespace hapair::base
