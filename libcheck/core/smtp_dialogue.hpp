// Is this a mail server that takes mail (RFC 5321)? Greeting 220, EHLO (HELO where that is unknown)
// 250, QUIT: nothing is left in its log that looks like a broken client. With STARTTLS (RFC 3207)
// the connection changes over to TLS after the first EHLO, and the server is greeted again.
#pragma once

#include <compare>
#include <memory>
#include <string>

#include "libcheck/core/dialogue.hpp"

namespace hapair::check {

struct SmtpCheck {
  std::string hello_name = "localhost";  ///< how we introduce ourselves

  bool starttls = false;  ///< the rest is under TLS

  auto operator<=>(const SmtpCheck&) const = default;
};

[[nodiscard]] std::unique_ptr<Dialogue> make_dialogue(const SmtpCheck& check);

}  // namespace hapair::check
