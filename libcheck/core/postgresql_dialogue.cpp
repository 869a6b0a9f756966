#include "libcheck/core/postgresql_dialogue.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::check {
namespace {

constexpr std::uint32_t kProtocol = 3U << 16;
constexpr std::size_t kLengthField = 4;
constexpr std::size_t kMessageHeader = 1 + kLengthField;
constexpr std::string_view kSslRequest("\0\0\0\x08\x04\xd2\x16\x2f", 8);
constexpr std::string_view kTerminate("X\0\0\0\4", kMessageHeader);

/// A text that ends with a zero; nullopt: there is no zero.
std::optional<std::string_view> take_text(std::string_view& rest) {
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view text = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return text;
}

/// ErrorResponse: fields of a letter and a text, ended by a zero. "FATAL 57P03: the database system
/// is starting up"
std::string error_text(std::string_view fields) {
  std::string severity;
  std::string code;
  std::string message;
  while (!fields.empty() && fields.front() != '\0') {
    const char kind = fields.front();
    fields.remove_prefix(1);
    const auto text = take_text(fields);
    if (!text) break;
    if (kind == 'S') severity = *text;
    if (kind == 'C') code = *text;
    if (kind == 'M') message = *text;
  }
  return shown(base::concat(severity, ' ', code, ": ", message));
}

class PostgresqlDialogue final : public Dialogue {
 public:
  explicit PostgresqlDialogue(PostgresqlCheck check)
      : check_(std::move(check)), state_(check_.starttls ? State::kTls : State::kAuthentication) {}

  Move open() override;
  Move on_secured() override;
  Move read(base::Bytes pending) override;
  std::string awaited() const override {
    if (state_ == State::kTls) return "answer about TLS";
    return state_ == State::kAuthentication ? "answer to the start-up" : "word that it is ready";
  }

 private:
  enum class State { kTls, kAuthentication, kReady };

  [[nodiscard]] std::string start_up() const;
  static Move on_tls_answer(base::Bytes pending);
  Move on_message(char type, base::Bytes body);
  Move on_authentication(base::Bytes body);
  Move on_ready() const;
  void note_parameter(std::string_view body);

  const PostgresqlCheck check_;
  State state_;
  std::optional<bool> standby_;
};

Move PostgresqlDialogue::open() {
  if (state_ == State::kTls) return {.send = std::string(kSslRequest)};
  return {.send = start_up()};
}

Move PostgresqlDialogue::on_secured() {
  state_ = State::kAuthentication;
  return {.send = start_up()};
}

/// One byte: it will, or it won't.
Move PostgresqlDialogue::on_tls_answer(base::Bytes pending) {
  if (pending[0] == 'S') return {.consumed = 1, .secure = true};
  if (pending[0] == 'N') return {.consumed = 1, .finding = refused("no TLS is offered")};
  return {.finding = malformed(base::concat("no PostgreSQL answer about TLS: ", shown(pending)))};
}

std::string PostgresqlDialogue::start_up() const {
  base::ByteWriter body;
  const auto text = [&](std::string_view value) { body.bytes(base::as_bytes(value)).u8(0); };
  body.u32(kProtocol);
  text("user");
  text(check_.user);
  if (!check_.database.empty()) {
    text("database");
    text(check_.database);
  }
  text("application_name");
  text("hapair");
  body.u8(0);
  base::ByteWriter message;
  message.u32(static_cast<std::uint32_t>(body.view().size() + kLengthField)).bytes(body.view());
  return std::string(base::as_text(message.view()));
}

Move PostgresqlDialogue::read(base::Bytes pending) {
  if (state_ == State::kTls) return on_tls_answer(pending);
  base::ByteReader in(pending);
  const char type = static_cast<char>(in.u8());
  if (std::string_view("REvSKNZ").find(type) == std::string_view::npos) {
    return {.finding = malformed(base::concat("no PostgreSQL answer: ", shown(pending)))};
  }
  const std::uint32_t length = in.u32();
  if (!in.ok()) return {};
  if (length < kLengthField || length > Conversation::kMaxPending - kMessageHeader) {
    return {.finding = malformed("a message with an impossible length")};
  }
  const base::Bytes body = in.take(length - kLengthField);
  if (!in.ok()) return {};
  Move move = on_message(type, body);
  move.consumed = 1 + length;
  return move;
}

Move PostgresqlDialogue::on_message(char type, base::Bytes body) {
  switch (type) {
    case 'R':
      return on_authentication(body);
    case 'E':
      return {.finding = refused(error_text(base::as_text(body)))};
    case 'S':
      note_parameter(base::as_text(body));
      return {};
    case 'Z':
      return on_ready();
    default:
      return {};  // NegotiateProtocolVersion, BackendKeyData, NoticeResponse
  }
}

Move PostgresqlDialogue::on_authentication(base::Bytes body) {
  constexpr std::uint32_t kOk = 0;
  base::ByteReader in(body);
  const std::uint32_t method = in.u32();
  if (!in.ok()) return {.finding = malformed("an authentication request without a method")};
  if (method == kOk) {
    state_ = State::kReady;
    return {};
  }
  if (check_.role != PostgresqlRole::kAny) {
    return {.finding = refused("it asks for a password, so it does not tell its role")};
  }
  return {.finding = passed("it asks for a password")};
}

/// Since PostgreSQL 14 in_hot_standby is reported at start-up.
void PostgresqlDialogue::note_parameter(std::string_view body) {
  if (take_text(body) != "in_hot_standby") return;
  standby_ = take_text(body) == "on";
}

Move PostgresqlDialogue::on_ready() const {
  Move move{.send = std::string(kTerminate)};
  if (state_ != State::kReady) {
    move.finding = malformed("ready before the authentication");
  } else if (check_.role == PostgresqlRole::kAny) {
    move.finding = passed("ready for a query");
  } else if (!standby_) {
    move.finding = refused("it does not tell its role; PostgreSQL does from version 14 on");
  } else {
    const bool as_wanted = *standby_ == (check_.role == PostgresqlRole::kStandby);
    std::string role = *standby_ ? "role standby" : "role primary";
    move.finding = as_wanted ? passed(std::move(role)) : refused(std::move(role));
  }
  return move;
}

}  // namespace

std::unique_ptr<Dialogue> make_dialogue(const PostgresqlCheck& check) {
  return std::make_unique<PostgresqlDialogue>(check);
}

}  // namespace hapair::check
