// Where records, access lines and the journal go: a part of the model (model.hpp).
#pragma once

#include <cstdint>
#include <string>

#include "common/base/ip_address.hpp"
#include "common/base/log.hpp"

namespace hapair::config {

enum class LogType : std::uint8_t { kStderr, kStdout, kSyslog, kFile };

/// What a log target gets.
enum class LogWhat : std::uint8_t {
  kBoth,
  kRecords,  ///< what hapair has to say
  kAccess,   ///< a line for each request or connection
};

enum class SyslogFormat : std::uint8_t { kRfc3164, kRfc5424 };

/// RFC 5424, section 6.2.1; the values are the wire's.
enum class Facility : std::uint8_t {
  kUser = 1,
  kDaemon = 3,
  kLocal0 = 16,
  kLocal1,
  kLocal2,
  kLocal3,
  kLocal4,
  kLocal5,
  kLocal6,
  kLocal7,
};

struct LogTarget {
  LogType type = LogType::kStderr;
  LogWhat what = LogWhat::kBoth;
  /// Of records the most verbose that is written; kBoth: access lines count as kInfo.
  base::LogLevel level = base::LogLevel::kInfo;
  base::Endpoint address{base::IpAddress::v4(0x7f000001), 514};  ///< kSyslog, without a socket
  std::string socket{};                          ///< kSyslog: a Unix socket, up to 107 bytes
  SyslogFormat format = SyslogFormat::kRfc3164;  ///< kSyslog
  Facility facility = Facility::kDaemon;         ///< kSyslog
  std::string tag = "hapair";                    ///< kSyslog: 1 to 32 bytes
  std::string path{};                            ///< kFile: absolute

  [[nodiscard]] bool takes_access() const {
    return what == LogWhat::kAccess || (what == LogWhat::kBoth && level >= base::LogLevel::kInfo);
  }

  bool operator==(const LogTarget&) const = default;
};

/// What was decided and why, kept in DIRECTORY/journal-NODE.jsonl.
struct JournalFile {
  bool kept = true;
  std::string directory = "/var/log/hapair";  ///< absolute path; made if its parent is there
  std::uint64_t max_size = 10 * 1024 * 1024;  ///< 64KiB to 1GiB; then a new file, one old is kept

  bool operator==(const JournalFile&) const = default;
};

}  // namespace hapair::config
