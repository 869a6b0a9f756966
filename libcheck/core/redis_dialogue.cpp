#include "libcheck/core/redis_dialogue.hpp"

#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::check {
namespace {

/// A command in RESP: an array of bulk strings, so that no word needs quoting.
std::string command(std::initializer_list<std::string_view> words) {
  std::string out = base::concat('*', words.size(), "\r\n");
  for (const std::string_view word : words) {
    out += base::concat('$', word.size(), "\r\n", word, "\r\n");
  }
  return out;
}

class RedisDialogue final : public Dialogue {
 public:
  explicit RedisDialogue(RedisCheck check)
      : check_(std::move(check)), state_(check_.password.empty() ? State::kPing : State::kAuth) {}

  Move open() override;
  Move read(base::Bytes pending) override;
  std::string awaited() const override;

 private:
  enum class State { kAuth, kPing, kInfo, kRoleLine };

  Move on_line(std::string_view line);
  Move on_auth(std::string_view line);
  Move on_ping(std::string_view line);
  Move on_info(std::string_view line);
  Move on_role_line(std::string_view line);
  Move judge_role(std::string_view role) const;
  Move refuse(std::string_view line) const;

  const RedisCheck check_;
  State state_;
};

Move RedisDialogue::open() {
  if (check_.password.empty()) return {.send = command({"PING"})};
  if (check_.user.empty()) return {.send = command({"AUTH", check_.password})};
  return {.send = command({"AUTH", check_.user, check_.password})};
}

Move RedisDialogue::read(base::Bytes pending) {
  const auto line = first_line(pending);
  if (!line) return {};
  Move move = on_line(line->text);
  move.consumed = line->bytes;
  return move;
}

Move RedisDialogue::on_line(std::string_view line) {
  switch (state_) {
    case State::kAuth:
      return on_auth(line);
    case State::kPing:
      return on_ping(line);
    case State::kInfo:
      return on_info(line);
    case State::kRoleLine:
      return on_role_line(line);
  }
  return {};
}

/// An error of the server's, or no RESP at all.
Move RedisDialogue::refuse(std::string_view line) const {
  if (line.starts_with('-')) return {.finding = refused(shown(line.substr(1)))};
  return {.finding = malformed(base::concat("unexpected ", awaited(), ": ", shown(line)))};
}

Move RedisDialogue::on_auth(std::string_view line) {
  if (line != "+OK") return refuse(line);
  state_ = State::kPing;
  return {.send = command({"PING"})};
}

Move RedisDialogue::on_ping(std::string_view line) {
  const bool no_auth = line.starts_with("-NOAUTH");
  if (line != "+PONG" && !(no_auth && check_.role == RedisRole::kAny)) return refuse(line);
  if (check_.role == RedisRole::kAny) {
    return {.finding = passed(no_auth ? "it asks for a password" : "PONG")};
  }
  state_ = State::kInfo;
  return {.send = command({"INFO", "replication"})};
}

Move RedisDialogue::on_info(std::string_view line) {
  if (!line.starts_with('$') || !base::parse_unsigned(line.substr(1))) return refuse(line);
  state_ = State::kRoleLine;
  return {};
}

/// The text ends with an empty line; the role is one of its first.
Move RedisDialogue::on_role_line(std::string_view line) {
  constexpr std::string_view kRole = "role:";
  if (line.empty()) return {.finding = malformed("INFO replication tells no role")};
  if (!line.starts_with(kRole)) return {};
  return judge_role(line.substr(kRole.size()));
}

Move RedisDialogue::judge_role(std::string_view role) const {
  const std::string_view wanted = check_.role == RedisRole::kMaster ? "master" : "slave";
  std::string info = base::concat("role ", shown(role));
  return {.finding = role == wanted ? passed(std::move(info)) : refused(std::move(info))};
}

std::string RedisDialogue::awaited() const {
  switch (state_) {
    case State::kAuth:
      return "reply to AUTH";
    case State::kPing:
      return "reply to PING";
    case State::kInfo:
    case State::kRoleLine:
      return "reply to INFO";
  }
  return {};
}

}  // namespace

std::unique_ptr<Dialogue> make_dialogue(const RedisCheck& check) {
  return std::make_unique<RedisDialogue>(check);
}

}  // namespace hapair::check
