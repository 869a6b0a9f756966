// Where the config sends log records and access lines: standard error, syslog daemons. Access lines
// count as records of level info.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/logging/stderr_sink.hpp"
#include "apps/hapair/logging/syslog_sink.hpp"
#include "common/base/log.hpp"
#include "liblb/io/access_sink.hpp"

namespace hapair::worker {

class LogTargets final : public lb::AccessSink {
 public:
  /// `host_name` stands in syslog lines.
  LogTargets(std::string host_name, bool journald);

  /// Replaces the sinks of `log` by those that the config names; they live as long as this object.
  [[nodiscard]] base::Result<void> open(const std::vector<config::LogTarget>& targets,
                                        base::Logger& log);

  /// Null when no target takes access lines: then none is made.
  [[nodiscard]] lb::AccessSink* access_sink();

  void write(const lb::AccessRecord& record, lb::AccessFormat format) noexcept override;

  /// Lines that no sink could take without waiting.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  std::string host_name_;
  logging::StderrSink stderr_;
  std::deque<logging::SyslogSink> syslogs_;
  bool access_to_stderr_ = false;
  std::vector<logging::SyslogSink*> access_syslogs_;
  std::string line_;  ///< reused from line to line
};

}  // namespace hapair::worker
