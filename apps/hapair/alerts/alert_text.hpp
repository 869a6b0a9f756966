// The words of a message: JSON for a webhook, a mail for people. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/hapair/alerts/alert_queue.hpp"

namespace hapair::alerts {

/// Who tells, and when.
struct Sender {
  std::string node;
  std::string cluster;
  std::string version;
};

/// "web_server/node1 is down (was up): Layer4 timeout": the sentence of one alert.
[[nodiscard]] std::string sentence_of(const Alert& alert);

/// One JSON object; see docs/api.md. `lost` of the receiver's alerts were never told.
[[nodiscard]] std::string webhook_body(const Sender& sender, const std::vector<Alert>& alerts,
                                       std::uint64_t lost, base::WallTime now);

struct MailEnvelope {
  std::string from;
  std::vector<std::string> to;
  std::string subject;  ///< what subjects begin with
};

/// A whole mail in ASCII, lines with CRLF (RFC 5322). At least one alert.
[[nodiscard]] std::string mail_text(const Sender& sender, const MailEnvelope& envelope,
                                    const std::vector<Alert>& alerts, std::uint64_t lost,
                                    base::WallTime now);

/// "Thu, 26 Nov 2026 11:05:09 +0000" (RFC 5322, section 3.3).
[[nodiscard]] std::string mail_date(base::WallTime time);

}  // namespace hapair::alerts
