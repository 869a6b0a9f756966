#include "apps/hapair/config/sections_log.hpp"

#include <chrono>

#include "apps/hapair/config/rules.hpp"

namespace hapair::config {

namespace {

using namespace std::chrono_literals;

/// What daemons are told of us.
void describe_identity(Shape& shape, LogTarget& target) {
  shape.parsed({"address", "Where the syslog daemon listens on UDP."}, rules::kEndpoint,
               target.address);
  shape.text({"socket",
              "The syslog daemon's Unix socket, in place of an address; of journald, where its is "
              "elsewhere than at /run/systemd/journal/socket."},
             rules::kUnixPath, target.socket);
  shape.choice({"format", "The form of syslog lines, by its RFC."}, {"rfc3164", "rfc5424"},
               {SyslogFormat::kRfc3164, SyslogFormat::kRfc5424}, target.format);
  shape.choice({"facility", "The syslog facility."},
               {"user", "daemon", "local0", "local1", "local2", "local3", "local4", "local5",
                "local6", "local7"},
               {Facility::kUser, Facility::kDaemon, Facility::kLocal0, Facility::kLocal1,
                Facility::kLocal2, Facility::kLocal3, Facility::kLocal4, Facility::kLocal5,
                Facility::kLocal6, Facility::kLocal7},
               target.facility);
  shape.text({"tag", "What syslog and journald call the program."}, rules::kName, target.tag);
}

/// What becomes of records.
void describe_records(Shape& shape, LogTarget& target) {
  shape.choice({"form", "How records are written; access lines are as their frontend says."},
               {"text", "json"}, {LogForm::kText, LogForm::kJson}, target.form);
  shape.number({"burst",
                "Of records with the same id and subject so many are written in an interval; what "
                "is more is held back and told of when it ends. 0: nothing is held back."},
               NumberRule{0, 10000, ""}, target.burst);
  shape.duration({"interval", "How long an interval of \"burst\" is."}, DurationRule{100ms, 1h},
                 target.interval);
}

}  // namespace

void describe_log_target(Shape& shape, LogTarget& target) {
  shape.choice(
      {"type",
       "Where lines go: the process's stderr (and so the journal) or stdout, a syslog "
       "daemon, journald with fields, or a file.",
       kMandatory},
      {"stderr", "stdout", "syslog", "journald", "file"},
      {LogType::kStderr, LogType::kStdout, LogType::kSyslog, LogType::kJournald, LogType::kFile},
      target.type);
  shape.choice({"what", "Records (what hapair has to say), access lines, or both."},
               {"both", "records", "access"}, {LogWhat::kBoth, LogWhat::kRecords, LogWhat::kAccess},
               target.what);
  shape.choice({"level", "The most verbose level that is written; access lines count as info."},
               {"error", "warning", "info", "debug"},
               {base::LogLevel::kError, base::LogLevel::kWarning, base::LogLevel::kInfo,
                base::LogLevel::kDebug},
               target.level);
  describe_records(shape, target);
  describe_identity(shape, target);
  shape.text(
      {"path", "The file; it is begun anew on SIGUSR1, or when another one is in its place."},
      rules::kAbsolutePath, target.path);
  shape.excludes("what", "access", {"level", "form", "burst", "interval"});
  for (const char* stream : {"stderr", "stdout"}) {
    shape.excludes("type", stream, {"address", "socket", "format", "facility", "tag", "path"});
  }
  shape.excludes("type", "syslog", {"path"});
  shape.excludes("type", "journald", {"address", "format", "form", "path"});
  shape.excludes("type", "file", {"address", "socket", "format", "facility", "tag"});
}

void describe_metrics(Shape& shape, Metrics& metrics) {
  shape.flag({"haproxy_names",
              "Frontends, backends and servers under the names of HAProxy's exporter too."},
             metrics.haproxy_names);
  shape.flag({"keepalived_names", "VIPs under the names of keepalived's exporter too."},
             metrics.keepalived_names);
  shape.flag(
      {"server_histograms", "Distributions of times for each server, not only for its backend."},
      metrics.server_histograms);
}

}  // namespace hapair::config
