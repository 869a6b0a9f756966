// What a mail server says: the lines of its replies (RFC 5321, section 4.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hapair::check {

struct SmtpReplyLine {
  std::uint16_t code = 0;  ///< 200 to 599
  bool last = false;       ///< of its reply
  std::string_view text;
};

/// A line without its end; nullopt: it is none of a reply's.
[[nodiscard]] std::optional<SmtpReplyLine> parse_smtp_reply_line(std::string_view line);

}  // namespace hapair::check
