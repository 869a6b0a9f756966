#include "apps/hapair/logging/record_text.hpp"

#include "common/base/text.hpp"

namespace hapair::logging {
namespace {

constexpr std::size_t kMaxSubject = 200;
constexpr std::size_t kMaxMessage = 900;  // with its head it stays under syslog's 1024 bytes

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += base::concat(out.empty() ? "{\"" : ",\"", name, "\":");
  base::append_json_text(out, text);
}

}  // namespace

int severity(base::LogLevel level) {
  switch (level) {
    case base::LogLevel::kError:
      return 3;
    case base::LogLevel::kWarning:
      return 4;
    case base::LogLevel::kInfo:
      return 6;
    case base::LogLevel::kDebug:
      return 7;
  }
  return 7;
}

std::string record_text(const base::LogRecord& record) {
  std::string out(record.id);
  if (!record.subject.empty()) {
    out += ' ';
    out += base::printable(record.subject, kMaxSubject);
  }
  out += ": ";
  out += base::printable(record.message, kMaxMessage);
  return out;
}

std::string record_json(const base::LogRecord& record, std::string_view node, base::WallTime now) {
  std::string out;
  append_member(out, "time", base::format_wall_time(now));
  append_member(out, "level", base::to_string(record.level));
  append_member(out, "id", record.id);
  if (record.subject.empty()) {
    out += ",\"subject\":null";
  } else {
    append_member(out, "subject", record.subject.substr(0, kMaxSubject));
  }
  append_member(out, "node", node);
  append_member(out, "message", record.message.substr(0, kMaxMessage));
  out += '}';
  return out;
}

}  // namespace hapair::logging
