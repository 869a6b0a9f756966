#include "apps/hapair/worker/log_targets.hpp"

#include <chrono>
#include <ctime>
#include <utility>

#include "liblb/core/access_log.hpp"

namespace hapair::worker {
namespace {

/// How far local time is ahead of UTC: log readers expect HAProxy's local times.
base::Duration utc_offset(base::WallTime time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return std::chrono::seconds(parts.tm_gmtoff);
}

}  // namespace

LogTargets::LogTargets(std::string host_name, bool journald)
    : host_name_(std::move(host_name)), stderr_(journald) {}

base::Result<void> LogTargets::open(const std::vector<config::LogTarget>& targets,
                                    base::Logger& log) {
  log.remove_sinks();
  for (const config::LogTarget& target : targets) {
    const bool takes_access = target.level >= base::LogLevel::kInfo;
    if (target.type == config::LogType::kStderr) {
      log.add_sink(stderr_, target.level);
      access_to_stderr_ = access_to_stderr_ || takes_access;
      continue;
    }
    auto sink =
        logging::SyslogSink::create(target.address, static_cast<int>(target.facility), host_name_);
    if (!sink) return std::unexpected(sink.error());
    syslogs_.push_back(std::move(*sink));
    log.add_sink(syslogs_.back(), target.level);
    if (takes_access) access_syslogs_.push_back(&syslogs_.back());
  }
  return {};
}

lb::AccessSink* LogTargets::access_sink() {
  return access_to_stderr_ || !access_syslogs_.empty() ? this : nullptr;
}

void LogTargets::write(const lb::AccessRecord& record, lb::AccessFormat format) noexcept {
  lb::AccessRecord local = record;
  local.utc_offset = utc_offset(record.accepted);
  line_.clear();
  switch (format) {
    case lb::AccessFormat::kOff:
      return;
    case lb::AccessFormat::kHttp:
      lb::append_http_log(line_, local);
      break;
    case lb::AccessFormat::kTcp:
      lb::append_tcp_log(line_, local);
      break;
    case lb::AccessFormat::kJson:
      lb::append_json_log(line_, local);
      break;
  }
  if (access_to_stderr_) stderr_.write_line(line_);
  for (logging::SyslogSink* sink : access_syslogs_) sink->write_line(line_);
}

std::uint64_t LogTargets::dropped() const {
  std::uint64_t count = stderr_.dropped();
  for (const logging::SyslogSink& sink : syslogs_) count += sink.dropped();
  return count;
}

}  // namespace hapair::worker
