// A log record as one line, of text or of JSON; shared by the sinks.
#pragma once

#include <string>
#include <string_view>

#include "common/base/log.hpp"
#include "common/base/time.hpp"

namespace hapair::logging {

/// Syslog severity (RFC 5424, section 6.2.1): 3 error, 4 warning, 6 info, 7 debug.
[[nodiscard]] int severity(base::LogLevel level);

/// "vrrp-transition VI_1: message"; control characters made visible, no line break.
[[nodiscard]] std::string record_text(const base::LogRecord& record);

/// The same as a JSON object: "time", "level", "id", "subject" (null: none), "node" and "message".
/// A byte that is no printable ASCII is written as the Latin-1 character that it would be.
[[nodiscard]] std::string record_json(const base::LogRecord& record, std::string_view node,
                                      base::WallTime now);

}  // namespace hapair::logging
