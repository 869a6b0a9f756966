// Where records, access lines and the journal go: a part of the model (model.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/base/ip_address.hpp"
#include "common/base/log.hpp"
#include "common/base/time.hpp"

namespace hapair::config {

enum class LogType : std::uint8_t { kStderr, kStdout, kSyslog, kJournald, kFile };

/// What a log target gets.
enum class LogWhat : std::uint8_t {
  kBoth,
  kRecords,  ///< what hapair has to say
  kAccess,   ///< a line for each request or connection
};

/// How records are told, except to journald, which gets fields.
enum class LogForm : std::uint8_t { kText, kJson };

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

inline constexpr const char* kJournalSocket = "/run/systemd/journal/socket";

struct LogTarget {
  LogType type = LogType::kStderr;
  LogWhat what = LogWhat::kBoth;
  /// Of records the most verbose that is written; kBoth: access lines count as kInfo.
  base::LogLevel level = base::LogLevel::kInfo;
  base::Endpoint address{base::IpAddress::v4(0x7f000001), 514};  ///< kSyslog, without a socket
  /// kSyslog, kJournald: a Unix socket, up to 107 bytes; of kJournald "": kJournalSocket.
  std::string socket{};
  SyslogFormat format = SyslogFormat::kRfc3164;  ///< kSyslog
  Facility facility = Facility::kDaemon;         ///< kSyslog, kJournald
  std::string tag = "hapair";                    ///< kSyslog, kJournald: 1 to 64 bytes
  std::string path{};                            ///< kFile: absolute
  LogForm form = LogForm::kText;                 ///< of records
  /// Records of one id and subject that pass in an interval, 0 to 10000; 0: all.
  std::uint32_t burst = 20;
  base::Duration interval = std::chrono::seconds(5);  ///< 100 ms to 1 h

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
