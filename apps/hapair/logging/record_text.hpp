// A log record as one line of text; shared by the sinks.
#pragma once

#include <string>

#include "common/base/log.hpp"

namespace hapair::logging {

/// Syslog severity (RFC 5424, section 6.2.1): 3 error, 4 warning, 6 info, 7 debug.
[[nodiscard]] int severity(base::LogLevel level);

/// "vrrp-transition VI_1: message"; control characters made visible, no line break.
[[nodiscard]] std::string record_text(const base::LogRecord& record);

}  // namespace hapair::logging
