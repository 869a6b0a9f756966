// One mail to a relay (RFC 5321): greeting, EHLO (HELO where that is not known), TLS (RFC 3207) and
// a login (RFC 4954; PLAIN, else LOGIN) where they are wanted, one envelope, the text, QUIT. What
// is wanted and not offered fails: no mail goes in plain text, or without a login, by mistake.
// Replies of 4yz may be tried again, of 5yz are for good. A recipient that is refused keeps the
// others from nothing.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/hapair/alerts/dialog.hpp"

namespace hapair::alerts {

struct SmtpMail {
  std::string own_name;         ///< that this node says it has
  std::string from;             ///< an address
  std::vector<std::string> to;  ///< at least one
  std::string text;             ///< header and body, lines with CRLF, not dot-stuffed
  bool starttls = false;        ///< the connection begins in plain text and changes over
  std::string login{};          ///< empty: nobody logs in
  std::string password{};
};

class SmtpDialog final : public Dialog {
 public:
  static constexpr std::size_t kMaxLine = 1024;  ///< RFC 5321, section 4.5.3.1.5, doubled
  static constexpr unsigned kMaxLines = 64;      ///< of one reply

  explicit SmtpDialog(SmtpMail mail);

  [[nodiscard]] std::string begin() override { return {}; }  // the relay speaks first
  [[nodiscard]] std::string on_bytes(std::string_view bytes) override;
  [[nodiscard]] std::string on_secured() override;
  void on_end() override;

 private:
  enum class Step : std::uint8_t {
    kGreeting,
    kEhlo,
    kHelo,
    kStartTls,
    kUser,      ///< of AUTH LOGIN
    kPassword,  ///< likewise
    kLogin,     ///< all was said that it takes
    kFrom,
    kTo,
    kData,
    kText,
  };

  /// One line of a reply without CRLF; true: it was the last one, of `code_`.
  [[nodiscard]] bool take_line(std::string_view line);
  [[nodiscard]] std::string on_reply();
  void note_offer(std::string_view offer);
  [[nodiscard]] std::string greet();
  /// What is the next step of those that come before the envelope.
  [[nodiscard]] std::string after_hello();
  [[nodiscard]] std::string begin_envelope();
  [[nodiscard]] std::string give_up(std::string reason);
  [[nodiscard]] std::string after_recipient();
  [[nodiscard]] std::string next_recipient();
  void refuse(std::string_view what);

  SmtpMail mail_;
  Step step_ = Step::kGreeting;
  std::string received_;
  unsigned code_ = 0;
  unsigned lines_ = 0;
  std::string said_;  ///< the reply's last line
  bool offers_tls_ = false;
  bool offers_plain_ = false;
  bool offers_login_ = false;
  bool secured_ = false;
  std::size_t recipient_ = 0;  ///< whose turn it is
  std::size_t accepted_ = 0;
  std::string refused_;  ///< what was said of the last recipient that was refused
  bool refused_for_now_ = false;
};

/// The text as it goes over the wire: dots that begin a line doubled, and the end of the mail
/// (RFC 5321, section 4.5.2).
[[nodiscard]] std::string dot_stuffed(std::string_view text);

}  // namespace hapair::alerts
