#include "apps/hapair/config/sections_log.hpp"

#include "apps/hapair/config/rules.hpp"

namespace hapair::config {

void describe_log_target(Shape& shape, LogTarget& target) {
  shape.choice({"type",
                "Where lines go: the process's stderr (and so the journal) or stdout, a syslog "
                "daemon, or a file.",
                true},
               {"stderr", "stdout", "syslog", "file"},
               {LogType::kStderr, LogType::kStdout, LogType::kSyslog, LogType::kFile}, target.type);
  shape.choice({"what", "Records (what hapair has to say), access lines, or both."},
               {"both", "records", "access"}, {LogWhat::kBoth, LogWhat::kRecords, LogWhat::kAccess},
               target.what);
  shape.choice({"level", "The most verbose level that is written; access lines count as info."},
               {"error", "warning", "info", "debug"},
               {base::LogLevel::kError, base::LogLevel::kWarning, base::LogLevel::kInfo,
                base::LogLevel::kDebug},
               target.level);
  shape.parsed({"address", "Where the syslog daemon listens on UDP."}, rules::kEndpoint,
               target.address);
  shape.text({"socket", "The syslog daemon's Unix socket, in place of an address."},
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
  shape.text({"tag", "What syslog calls the program."}, rules::kName, target.tag);
  shape.text(
      {"path", "The file; it is begun anew on SIGUSR1, or when another one is in its place."},
      rules::kAbsolutePath, target.path);
  shape.excludes("what", "access", {"level"});
  for (const char* stream : {"stderr", "stdout"}) {
    shape.excludes("type", stream, {"address", "socket", "format", "facility", "tag", "path"});
  }
  shape.excludes("type", "syslog", {"path"});
  shape.excludes("type", "file", {"address", "socket", "format", "facility", "tag"});
}

}  // namespace hapair::config
