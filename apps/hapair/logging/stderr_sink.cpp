#include "apps/hapair/logging/stderr_sink.hpp"

#include <poll.h>
#include <unistd.h>

#include <string>

#include "apps/hapair/logging/record_text.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::logging {

namespace {

constexpr int kInfoSeverity = 6;

}  // namespace

void StderrSink::write(const base::LogRecord& record) noexcept {
  put(severity(record.level), base::to_string(record.level), record_text(record));
}

void StderrSink::write_line(std::string_view text) noexcept { put(kInfoSeverity, "access", text); }

void StderrSink::put(int severity, std::string_view kind, std::string_view text) noexcept {
  std::string line = journald_
                         ? base::concat("<", severity, ">")
                         : base::concat(base::format_wall_time(event::wall_now()), " ", kind, " ");
  line += text;
  line += '\n';
  // A pipe that polls writable takes a line (under PIPE_BUF) without blocking.
  pollfd ready{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0 ||
      ::write(STDERR_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    ++dropped_;
  }
}

}  // namespace hapair::logging
