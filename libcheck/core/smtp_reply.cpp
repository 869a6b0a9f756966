#include "libcheck/core/smtp_reply.hpp"

#include "common/base/text.hpp"

namespace hapair::check {

// Three digits, then a blank, a hyphen where more lines follow, or nothing.
std::optional<SmtpReplyLine> parse_smtp_reply_line(std::string_view line) {
  constexpr std::size_t kDigits = 3;
  const auto code = base::parse_unsigned(line.substr(0, kDigits));
  if (line.size() < kDigits || !code || *code < 200 || *code > 599) return std::nullopt;
  line.remove_prefix(kDigits);
  const bool more = line.starts_with('-');
  if (!line.empty() && !more && !line.starts_with(' ')) return std::nullopt;
  if (!line.empty()) line.remove_prefix(1);
  return SmtpReplyLine{.code = static_cast<std::uint16_t>(*code), .last = !more, .text = line};
}

}  // namespace hapair::check
