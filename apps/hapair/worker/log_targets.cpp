#include "apps/hapair/worker/log_targets.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>
#include <variant>

#include "apps/hapair/logging/datagram_output.hpp"
#include "apps/hapair/logging/journal_fields.hpp"
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
    case config::LogType::kJournald:
      return target.socket.empty() ? "journald" : base::concat("journald ", target.socket);
    case config::LogType::kFile:
      return base::concat("file ", target.path);
  }
  return {};
}

logging::LineForm form_of(const config::LogTarget& target, bool journald) {
  using Form = logging::LineForm;
  if (target.type == config::LogType::kStderr && journald) return Form::kJournald;
  if (target.type == config::LogType::kJournald) return Form::kJournal;
  if (target.type != config::LogType::kSyslog) return Form::kPlain;
  if (target.format == config::SyslogFormat::kRfc5424) return Form::kRfc5424;
  return target.socket.empty() ? Form::kRfc3164 : Form::kRfc3164Local;
}

}  // namespace

LogTargets::Target::Target(event::EventLoop& loop, const config::LogTarget& from,
                           logging::LineWriter writer, std::unique_ptr<logging::LineOutput> output)
    : sink(loop, name_of(from), std::move(writer), std::move(output),
           logging::TargetSink::kMaxWaiting, {.burst = from.burst, .interval = from.interval}) {}

LogTargets::LogTargets(event::EventLoop& loop, std::string host_name, bool journald,
                       base::Logger& log)
    : loop_(loop),
      host_name_(std::move(host_name)),
      journald_(journald),
      log_(log),
      look_(loop, event::Priority::kControl, event::Callback<>::to<&LogTargets::on_look>(this)) {}

void LogTargets::open(const config::Model& model, net::UniqueFd files) {
  set_model(model);
  paths_ = wiring::log_files_of(model);
  const bool reachable = static_cast<bool>(files);
  drop();
  files_.emplace(loop_, std::move(files));
  make();
  if (reachable) {
    if (auto started = files_->start(); !started) {
      log_.warning("log-file-unwritable", host_name_, started.error().message);
    }
  }
  look_.arm_after(kLook);
}

void LogTargets::follow_change(const config::Model& model) {
  if (!set_model(model) || wiring::log_files_of(model) != paths_) return;
  make();
}

bool LogTargets::set_model(const config::Model& model) {
  model_ = &model;
  if (model.log == wanted_) return false;
  wanted_ = model.log;
  states_.clear();
  for (const config::LogTarget& target : wanted_) states_.push_back({.level = target.level});
  return true;
}

void LogTargets::use_files(net::UniqueFd files) {
  if (files || wiring::log_files_of(*model_) != paths_) open(*model_, std::move(files));
}

void LogTargets::make() {
  drop();
  for (const config::LogTarget& target : wanted_) add(target);
  connect();
}

void LogTargets::drop() {
  log_.remove_sinks();
  access_.clear();
  targets_.clear();
}

void LogTargets::connect() {
  log_.remove_sinks();
  access_.clear();
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    const State& state = states_[i];
    if (!state.enabled) continue;
    logging::TargetSink& sink = targets_[i].sink;
    if (wanted_[i].what != config::LogWhat::kAccess) log_.add_sink(sink, state.level);
    if (takes_access(i)) access_.push_back(&sink);
  }
}

bool LogTargets::takes_access(std::size_t target) const {
  const config::LogWhat what = wanted_[target].what;
  const State& state = states_[target];
  return state.enabled &&
         (what == config::LogWhat::kAccess ||
          (what == config::LogWhat::kBoth && state.level >= base::LogLevel::kInfo));
}

std::vector<std::size_t> LogTargets::find(std::string_view name) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    if (targets_[i].sink.name() == name) found.push_back(i);
  }
  return found;
}

void LogTargets::change(std::size_t target, const State& state) {
  targets_[target].sink.settle();
  states_[target] = state;
  connect();
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
    case config::LogType::kJournald:
      output = std::make_unique<logging::DatagramOutput>(
          target.socket.empty() ? std::string(config::kJournalSocket) : target.socket);
      break;
    case config::LogType::kFile:
      file = static_cast<std::size_t>(std::ranges::find(paths_, target.path) - paths_.begin());
      output = std::make_unique<logging::FileOutput>(*files_, file);
      break;
  }
  logging::LineWriter writer(
      form_of(target, journald_),
      {.facility = static_cast<int>(target.facility), .host = host_name_, .tag = target.tag},
      target.form == config::LogForm::kJson ? logging::RecordForm::kJson
                                            : logging::RecordForm::kText);
  Target& made = targets_.emplace_back(loop_, target, std::move(writer), std::move(output));
  if (target.type == config::LogType::kFile) files_->tell(file, made.sink);
}

lb::AccessSink* LogTargets::access_sink() {
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    if (takes_access(i)) return this;
  }
  return nullptr;
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
  const base::WallTime ended = record.accepted + record.total_time;
  const bool fields = std::ranges::any_of(access_, &logging::TargetSink::takes_fields);
  if (fields) make_fields(record);
  for (logging::TargetSink* sink : access_) {
    sink->write_access(line_, ended, sink->takes_fields() ? std::string_view(fields_) : "");
  }
}

/// What there is no field for stands in the line.
void LogTargets::make_fields(const lb::AccessRecord& record) {
  const auto in_ms = [](base::Duration time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
  };
  fields_.clear();
  logging::append_journal_field(fields_, "HAPAIR_CLIENT", record.client.to_string());
  logging::append_journal_field(fields_, "HAPAIR_FRONTEND", record.frontend);
  logging::append_journal_field(fields_, "HAPAIR_BACKEND", record.backend);
  const auto put = [this](std::string_view name, std::string_view text) {
    if (!text.empty()) logging::append_journal_field(fields_, name, text);
  };
  put("HAPAIR_SERVER", record.server);
  put("HAPAIR_METHOD", record.method);
  put("HAPAIR_HOST", record.host);
  put("HAPAIR_TARGET", record.target.substr(0, lb::kMaxLoggedTarget));
  put("HAPAIR_REQUEST_ID", record.request_id);
  if (record.status >= 0) {
    logging::append_journal_field(fields_, "HAPAIR_STATUS",
                                  static_cast<std::uint64_t>(record.status));
  }
  logging::append_journal_field(fields_, "HAPAIR_BYTES", record.bytes_to_client);
  logging::append_journal_field(fields_, "HAPAIR_TOTAL_MS", in_ms(record.total_time));
  const lb::TerminationState& end = record.termination;
  logging::append_journal_field(fields_, "HAPAIR_END",
                                base::concat(end.cause, end.phase, end.cookie, end.cookie_action));
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
