#include "libcheck/core/smtp_dialogue.hpp"

#include "common/base/text.hpp"
#include "libcheck/core/smtp_reply.hpp"

namespace hapair::check {
namespace {

constexpr std::uint16_t kReady = 220;
constexpr std::uint16_t kDone = 250;
constexpr std::uint16_t kFirstPermanent = 500;
constexpr int kMaxLines = 128;  ///< of one reply

class SmtpDialogue final : public Dialogue {
 public:
  explicit SmtpDialogue(const SmtpCheck& check)
      : hello_name_(check.hello_name), starttls_(check.starttls) {}

  Move open() override { return {}; }
  Move read(base::Bytes pending) override;
  Move on_secured() override;
  Finding on_eof(base::Bytes pending) override;
  std::string awaited() const override;

 private:
  enum class State { kGreeting, kEhlo, kHelo, kStartTls, kQuit };

  Move on_reply();
  Move on_greeting();
  Move on_hello();
  Move greet();
  Move refuse() const;

  const std::string hello_name_;
  bool starttls_;            ///< still to come
  bool offers_tls_ = false;  ///< by its answer to EHLO
  State state_ = State::kGreeting;
  int lines_ = 0;           ///< of the reply that is being read
  std::uint16_t code_ = 0;  ///< of that reply
  std::string text_;        ///< of its first line
  std::string greeting_;
};

Move SmtpDialogue::read(base::Bytes pending) {
  const auto line = first_line(pending);
  if (!line) return {};
  const auto reply = parse_smtp_reply_line(line->text);
  if (!reply) return {.finding = malformed(base::concat("no SMTP reply: ", shown(line->text)))};
  if (lines_ > 0 && reply->code != code_) {
    return {.finding = malformed("the lines of one reply have different codes")};
  }
  if (++lines_ > kMaxLines) return {.finding = malformed("a reply of too many lines")};
  if (lines_ == 1) text_ = shown(reply->text);
  code_ = reply->code;
  if (state_ == State::kEhlo && base::equals_ignoring_case(reply->text, "STARTTLS")) {
    offers_tls_ = true;
  }
  Move move;
  if (reply->last) {
    lines_ = 0;
    move = on_reply();
  }
  move.consumed = line->bytes;
  return move;
}

Move SmtpDialogue::on_reply() {
  switch (state_) {
    case State::kGreeting:
      return on_greeting();
    case State::kEhlo:
    case State::kHelo:
      return on_hello();
    case State::kStartTls:
      if (code_ != kReady) return refuse();
      starttls_ = false;
      return {.secure = true};
    case State::kQuit:
      return {.finding = passed(greeting_, kDone)};
  }
  return {};
}

Move SmtpDialogue::on_greeting() {
  if (code_ != kReady) return refuse();
  greeting_ = text_;
  return greet();
}

Move SmtpDialogue::greet() {
  state_ = State::kEhlo;
  return {.send = base::concat("EHLO ", hello_name_, "\r\n")};
}

Move SmtpDialogue::on_secured() { return greet(); }

Move SmtpDialogue::on_hello() {
  if (code_ == kDone && starttls_) {
    if (!offers_tls_) return {.send = "QUIT\r\n", .finding = refused("no STARTTLS is offered")};
    state_ = State::kStartTls;
    return {.send = "STARTTLS\r\n"};
  }
  if (code_ == kDone) {
    state_ = State::kQuit;
    return {.send = "QUIT\r\n"};
  }
  // Section 4.1.1.1: a server that does not know EHLO may know HELO.
  if (state_ == State::kHelo || code_ < kFirstPermanent) return refuse();
  state_ = State::kHelo;
  return {.send = base::concat("HELO ", hello_name_, "\r\n")};
}

Move SmtpDialogue::refuse() const { return {.send = "QUIT\r\n", .finding = refused(text_, code_)}; }

Finding SmtpDialogue::on_eof(base::Bytes pending) {
  // It has taken leave without a word: what was to be known is known.
  if (state_ == State::kQuit) return passed(greeting_, kDone);
  return Dialogue::on_eof(pending);
}

std::string SmtpDialogue::awaited() const {
  switch (state_) {
    case State::kGreeting:
      return "greeting";
    case State::kEhlo:
      return "reply to EHLO";
    case State::kHelo:
      return "reply to HELO";
    case State::kStartTls:
      return "reply to STARTTLS";
    case State::kQuit:
      return "reply to QUIT";
  }
  return {};
}

}  // namespace

std::unique_ptr<Dialogue> make_dialogue(const SmtpCheck& check) {
  return std::make_unique<SmtpDialogue>(check);
}

}  // namespace hapair::check
