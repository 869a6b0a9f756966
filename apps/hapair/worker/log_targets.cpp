#include "apps/hapair/worker/log_targets.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>
#include <variant>

#include "apps/hapair/logging/datagram_output.hpp"
#include "apps/hapair/logging/stream_output.hpp"
#include "apps/hapair/wiring/grants_from_model.hpp"
#include "common/base/text.hpp"
#include "liblb/core/access_log.hpp"

namespace hapair::worker {
namespace {

/// Zones change their distance from UTC at such times only.
constexpr std::int64_t kQuarterHour = 15 * 60;

std::string name_of(const config::LogTarget& target) {
  switch (target.type) {
    case config::LogType::kStderr:
      return "stderr";
    case config::LogType::kStdout:
      return "stdout";
    case config::LogType::kSyslog:
      return base::concat("syslog ",
                          target.socket.empty() ? target.address.to_string() : target.socket);
    case config::LogType::kFile:
      return base::concat("file ", target.path);
  }
  return {};
}

logging::LineForm form_of(const config::LogTarget& target, bool journald) {
  using Form = logging::LineForm;
  if (target.type == config::LogType::kStderr && journald) return Form::kJournald;
  if (target.type != config::LogType::kSyslog) return Form::kPlain;
  if (target.format == config::SyslogFormat::kRfc5424) return Form::kRfc5424;
  return target.socket.empty() ? Form::kRfc3164 : Form::kRfc3164Local;
}

}  // namespace

LogTargets::Target::Target(event::EventLoop& loop, const config::LogTarget& from,
                           logging::LineWriter writer, std::unique_ptr<logging::LineOutput> output)
    : what(from.what), sink(loop, name_of(from), std::move(writer), std::move(output)) {}

LogTargets::LogTargets(event::EventLoop& loop, std::string host_name, bool journald,
                       base::Logger& log)
    : loop_(loop),
      host_name_(std::move(host_name)),
      journald_(journald),
      log_(log),
      look_(loop, event::Priority::kControl, event::Callback<>::to<&LogTargets::on_look>(this)) {}

void LogTargets::open(const config::Model& model, net::UniqueFd files) {
  model_ = &model;
  paths_ = wiring::log_files_of(model);
  const bool reachable = static_cast<bool>(files);
  log_.remove_sinks();
  access_.clear();
  targets_.clear();
  files_.emplace(loop_, std::move(files));
  add_all();
  if (reachable) {
    if (auto started = files_->start(); !started) {
      log_.warning("log-file-unwritable", host_name_, started.error().message);
    }
  }
  look_.arm_after(kLook);
}

void LogTargets::follow_change(const config::Model& model) {
  model_ = &model;
  if (wiring::log_files_of(model) != paths_) return;
  log_.remove_sinks();
  access_.clear();
  targets_.clear();
  add_all();
}

void LogTargets::use_files(net::UniqueFd files) {
  if (files || wiring::log_files_of(*model_) != paths_) open(*model_, std::move(files));
}

void LogTargets::add_all() {
  for (const config::LogTarget& target : model_->log) add(target);
}

void LogTargets::add(const config::LogTarget& target) {
  std::unique_ptr<logging::LineOutput> output;
  std::size_t file = 0;
  switch (target.type) {
    case config::LogType::kStderr:
      output = std::make_unique<logging::StreamOutput>(STDERR_FILENO);
      break;
    case config::LogType::kStdout:
      output = std::make_unique<logging::StreamOutput>(STDOUT_FILENO);
      break;
    case config::LogType::kSyslog:
      if (target.socket.empty()) {
        output = std::make_unique<logging::DatagramOutput>(target.address);
      } else {
        output = std::make_unique<logging::DatagramOutput>(target.socket);
      }
      break;
    case config::LogType::kFile:
      file = static_cast<std::size_t>(std::ranges::find(paths_, target.path) - paths_.begin());
      output = std::make_unique<logging::FileOutput>(*files_, file);
      break;
  }
  logging::LineWriter writer(
      form_of(target, journald_),
      {.facility = static_cast<int>(target.facility), .host = host_name_, .tag = target.tag});
  Target& made = targets_.emplace_back(loop_, target, std::move(writer), std::move(output));
  if (target.type == config::LogType::kFile) files_->tell(file, made.sink);
  if (target.what != config::LogWhat::kAccess) log_.add_sink(made.sink, target.level);
  if (target.takes_access()) access_.push_back(&made.sink);
}

lb::AccessSink* LogTargets::access_sink() { return access_.empty() ? nullptr : this; }

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
  const base::WallTime ended = record.accepted + record.total_time;
  for (logging::TargetSink* sink : access_) sink->write_access(line_, ended);
}

/// How far local time is ahead of UTC: log readers expect HAProxy's local times.
base::Duration LogTargets::utc_offset(base::WallTime time) {
  const std::int64_t second =
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  if (second / kQuarterHour == offset_quarter_) return offset_;
  const std::time_t seconds = second;
  std::tm parts{};
  localtime_r(&seconds, &parts);
  offset_quarter_ = second / kQuarterHour;
  offset_ = std::chrono::seconds(parts.tm_gmtoff);
  return offset_;
}

void LogTargets::on_look() noexcept {
  tell_drops(loop_.now());
  look_.arm_after(kLook);
}

void LogTargets::tell_drops(base::Instant now) {
  for (Target& target : targets_) {
    const std::uint64_t dropped = target.sink.dropped();
    if (dropped == target.told || (target.told_at && now - *target.told_at < kTellAgain)) continue;
    const std::string fault = target.sink.fault();
    log_.warning(logging::TargetSink::kDropRecord, target.sink.name(),
                 base::concat(dropped - target.told, " lines were dropped",
                              fault.empty() ? "" : ": ", fault));
    target.told = target.sink.dropped();
    target.told_at = now;
  }
}

}  // namespace hapair::worker
