#include "common/base/log.hpp"

#include <algorithm>

namespace hapair::base {

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return "error";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kDebug:
      return "debug";
  }
  return "unknown";
}

void Logger::add_sink(LogSink& sink, LogLevel most_verbose) {
  sinks_.push_back({&sink, most_verbose});
  most_verbose_ = std::max(most_verbose_, most_verbose);
}

void Logger::remove_sink(const LogSink& sink) {
  std::erase_if(sinks_, [&sink](const Entry& entry) { return entry.sink == &sink; });
  most_verbose_ = LogLevel::kError;
  for (const Entry& entry : sinks_) most_verbose_ = std::max(most_verbose_, entry.most_verbose);
}

void Logger::remove_sinks() {
  sinks_.clear();
  most_verbose_ = LogLevel::kError;
}

void Logger::log(LogLevel level, std::string_view id, std::string_view subject,
                 std::string_view message) const noexcept {
  const LogRecord record{level, id, subject, message};
  for (const Entry& entry : sinks_) {
    if (level <= entry.most_verbose) entry.sink->write(record);
  }
}

void Logger::error(std::string_view id, std::string_view subject,
                   std::string_view message) const noexcept {
  log(LogLevel::kError, id, subject, message);
}

void Logger::warning(std::string_view id, std::string_view subject,
                     std::string_view message) const noexcept {
  log(LogLevel::kWarning, id, subject, message);
}

void Logger::info(std::string_view id, std::string_view subject,
                  std::string_view message) const noexcept {
  log(LogLevel::kInfo, id, subject, message);
}

void Logger::debug(std::string_view id, std::string_view subject,
                   std::string_view message) const noexcept {
  log(LogLevel::kDebug, id, subject, message);
}

}  // namespace hapair::base
