#include "apps/hapair/alerts/smtp_dialog.hpp"

#include <utility>

#include "common/base/base64.hpp"
#include "common/base/text.hpp"
#include "libcheck/core/smtp_reply.hpp"

namespace hapair::alerts {
namespace {

using base::concat;

constexpr unsigned kSyntaxError = 500;
constexpr unsigned kNotImplemented = 502;
constexpr std::size_t kShown = 120;  // bytes of a reply in a reason

constexpr unsigned kLoggedIn = 235;
constexpr unsigned kSaysMore = 334;  // the server's turn of AUTH, RFC 4954

}  // namespace

std::string dot_stuffed(std::string_view text) {
  std::string out;
  for (std::string_view line : base::split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('.')) out += '.';
    out += line;
    out += "\r\n";
  }
  if (text.ends_with('\n')) out.resize(out.size() - 2);  // what follows the last break is no line
  return out + ".\r\n";
}

SmtpDialog::SmtpDialog(SmtpMail mail) : mail_(std::move(mail)) {}

std::string SmtpDialog::on_bytes(std::string_view bytes) {
  received_ += bytes;
  std::string out;
  std::size_t begin = 0;
  while (state() == State::kUnderWay && !wants_tls()) {
    const std::size_t end_of_line = received_.find('\n', begin);
    if (end_of_line == std::string::npos) break;
    std::string_view line = std::string_view(received_).substr(begin, end_of_line - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    begin = end_of_line + 1;
    if (take_line(line)) out += on_reply();
  }
  received_.erase(0, begin);
  // RFC 3207, section 4: what somebody has put behind the reply must not be taken for what comes
  // under TLS.
  if (wants_tls() && !received_.empty()) {
    want_tls(false);
    end(State::kFailed, "it said more in plain text behind its answer to STARTTLS");
  }
  if (state() == State::kUnderWay && received_.size() > kMaxLine) {
    end(State::kFailed, "a line of its reply is too long");
  }
  return out;
}

bool SmtpDialog::take_line(std::string_view line) {
  const auto reply = check::parse_smtp_reply_line(line);
  if (!reply || line.size() > kMaxLine || ++lines_ > kMaxLines) {
    end(State::kFailed, concat("no SMTP reply: ", base::printable(line, kShown)));
    return false;
  }
  code_ = reply->code;
  said_ = base::printable(line, kShown);
  if (step_ == Step::kEhlo) note_offer(reply->text);
  if (reply->last) lines_ = 0;
  return reply->last;
}

std::string SmtpDialog::on_reply() {
  const bool good = code_ >= 200 && code_ < 300;
  switch (step_) {
    case Step::kGreeting:
      if (!good) break;
      return greet();
    case Step::kEhlo:
      if (!good && code_ >= kSyntaxError && code_ <= kNotImplemented) {
        step_ = Step::kHelo;
        return concat("HELO ", mail_.own_name, "\r\n");
      }
      [[fallthrough]];
    case Step::kHelo:
      if (!good) break;
      return after_hello();
    case Step::kStartTls:
      if (code_ != 220) break;
      want_tls(true);
      return {};
    case Step::kUser:
      if (code_ != kSaysMore) break;
      step_ = Step::kPassword;
      return concat(base::to_base64(base::as_bytes(mail_.login)), "\r\n");
    case Step::kPassword:
      if (code_ != kSaysMore) break;
      step_ = Step::kLogin;
      return concat(base::to_base64(base::as_bytes(mail_.password)), "\r\n");
    case Step::kLogin:
      if (code_ != kLoggedIn) break;
      return begin_envelope();
    case Step::kFrom:
      if (!good) break;
      step_ = Step::kTo;
      return next_recipient();
    case Step::kTo:
      if (good) ++accepted_;
      return after_recipient();
    case Step::kData:
      if (code_ != 354) break;
      step_ = Step::kText;
      return dot_stuffed(mail_.text);
    case Step::kText:
      if (!good) break;
      // Who was refused gets nothing; the relay has the mail for the others.
      end(State::kDelivered, refused_);
      return "QUIT\r\n";
  }
  refuse(said_);
  return "QUIT\r\n";
}

/// One line of what a relay says that it can, in its answer to EHLO.
void SmtpDialog::note_offer(std::string_view offer) {
  bool first = true;
  bool logins = false;
  for (const std::string_view word : base::split(offer, ' ')) {
    const auto is = [word](std::string_view name) {
      return base::equals_ignoring_case(word, name);
    };
    if (std::exchange(first, false)) {
      offers_tls_ = offers_tls_ || is("STARTTLS");
      logins = is("AUTH");
    } else if (logins) {
      offers_plain_ = offers_plain_ || is("PLAIN");
      offers_login_ = offers_login_ || is("LOGIN");
    }
  }
}

std::string SmtpDialog::greet() {
  step_ = Step::kEhlo;
  offers_tls_ = offers_plain_ = offers_login_ = false;
  return concat("EHLO ", mail_.own_name, "\r\n");
}

// RFC 3207, section 4.2: what it said in plain text is forgotten.
std::string SmtpDialog::on_secured() {
  want_tls(false);
  secured_ = true;
  received_.clear();
  return greet();
}

std::string SmtpDialog::after_hello() {
  if (mail_.starttls && !secured_) {
    if (!offers_tls_) return give_up("the relay does not offer STARTTLS");
    step_ = Step::kStartTls;
    return "STARTTLS\r\n";
  }
  if (mail_.login.empty()) return begin_envelope();
  if (offers_plain_) {
    step_ = Step::kLogin;
    const std::string words = concat('\0', mail_.login, '\0', mail_.password);
    return concat("AUTH PLAIN ", base::to_base64(base::as_bytes(words)), "\r\n");
  }
  if (!offers_login_) return give_up("the relay offers no login by PLAIN or LOGIN");
  step_ = Step::kUser;
  return "AUTH LOGIN\r\n";
}

std::string SmtpDialog::begin_envelope() {
  step_ = Step::kFrom;
  return concat("MAIL FROM:<", mail_.from, ">\r\n");
}

std::string SmtpDialog::give_up(std::string reason) {
  end(State::kFailed, std::move(reason));
  return "QUIT\r\n";
}

std::string SmtpDialog::next_recipient() {
  return concat("RCPT TO:<", mail_.to[recipient_], ">\r\n");
}

std::string SmtpDialog::after_recipient() {
  if (code_ >= 300) {
    refused_ = concat(mail_.to[recipient_], ": ", said_);
    refused_for_now_ = refused_for_now_ || code_ < kSyntaxError;
  }
  if (++recipient_ < mail_.to.size()) return next_recipient();
  if (accepted_ == 0) {
    end(refused_for_now_ ? State::kFailed : State::kRefused, refused_);
    return "QUIT\r\n";
  }
  step_ = Step::kData;
  return "DATA\r\n";
}

void SmtpDialog::refuse(std::string_view what) {
  end(code_ >= kSyntaxError ? State::kRefused : State::kFailed, concat("the relay says: ", what));
}

void SmtpDialog::on_end() {
  if (state() == State::kUnderWay) end(State::kFailed, "the relay closed the connection");
}

}  // namespace hapair::alerts
