// How a log line looks where it goes: for a terminal or a file, for journald as a line or as
// fields, or for syslog in the forms of RFC 3164 and RFC 5424.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/log.hpp"
#include "common/base/time.hpp"

namespace hapair::logging {

/// What stands for the id of a record in access lines.
inline constexpr std::string_view kAccessLine = "access";

/// One line without its head; the views end with the call.
struct LogLine {
  base::LogLevel level = base::LogLevel::kInfo;
  std::string_view id{};       ///< of the record; kAccessLine of an access line
  std::string_view subject{};  ///< of the record
  std::string_view text{};     ///< no line break in it
  bool timed = false;          ///< the text has its time itself
  std::string_view fields{};   ///< for the journal, besides: of an access line
};

enum class LineForm : std::uint8_t {
  kPlain,         ///< "TIME level text\n"; an access line, which has its time, alone
  kJournald,      ///< "<6>text\n" (sd-daemon(3))
  kJournal,       ///< the journal's own fields (journal_fields.hpp)
  kRfc3164,       ///< "<PRI>Mmm dd hh:mm:ss host tag[pid]: text" (RFC 3164, section 4.1)
  kRfc3164Local,  ///< the same without the host, as local daemons take it
  kRfc5424,       ///< "<PRI>1 TIME host tag pid id - text" (RFC 5424, section 6)
};

/// How records are told, as far as the form of lines leaves that open.
enum class RecordForm : std::uint8_t {
  kText,  ///< record_text()
  kJson,  ///< record_json()
};

struct SyslogIdentity {
  int facility = 3;  ///< 0 to 23 (RFC 5424, section 6.2.1)
  std::string host;  ///< the node's name
  std::string tag = "hapair";
};

/// Writes lines in one form. Keeps the parts of the head that stay the same for a second.
class LineWriter {
 public:
  explicit LineWriter(LineForm form, SyslogIdentity identity = {},
                      RecordForm records = RecordForm::kText);

  /// Appends the whole line.
  void append(std::string& out, const LogLine& line, base::WallTime now);
  /// The same of a record.
  void append_record(std::string& out, const base::LogRecord& record, base::WallTime now);
  /// LogLine::fields are of use.
  [[nodiscard]] bool takes_fields() const { return form_ == LineForm::kJournal; }

 private:
  void append_plain(std::string& out, const LogLine& line, base::WallTime now) const;
  void append_fields(std::string& out, const LogLine& line) const;
  void append_priority(std::string& out, const LogLine& line) const;
  /// "Jan  5 08:15:00" in local time.
  void refresh_stamp(base::WallTime now);

  LineForm form_;
  SyslogIdentity identity_;
  RecordForm records_;
  /// What stands between time and text in RFC 3164, "host tag[pid]: "; of the journal the fields
  /// that are the same in each entry.
  std::string process_;
  std::int64_t second_ = -1;
  std::string stamp_;
};

}  // namespace hapair::logging
