#include "apps/hapair/logging/record_text.hpp"

#include "common/base/text.hpp"

namespace hapair::logging {
namespace {

constexpr std::size_t kMaxMessage = 900;  // with its head it stays under syslog's 1024 bytes

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
  if (!record.subject.empty()) base::append(out, base::concat(" ", record.subject));
  out += ": ";
  out += base::printable(record.message, kMaxMessage);
  return out;
}

}  // namespace hapair::logging
