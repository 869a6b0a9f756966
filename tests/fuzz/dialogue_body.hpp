// Any bytes from a server to any of the checks that talk. The first two bytes are digits that
// choose the check and how it is set; the rest comes at once, and again byte by byte: the end must
// be the same, and it must come.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libcheck/core/agent_dialogue.hpp"
#include "libcheck/core/dns_query.hpp"
#include "libcheck/core/ldap_dialogue.hpp"
#include "libcheck/core/mysql_dialogue.hpp"
#include "libcheck/core/postgresql_dialogue.hpp"
#include "libcheck/core/redis_dialogue.hpp"
#include "libcheck/core/scripted_dialogue.hpp"
#include "libcheck/core/smtp_dialogue.hpp"
#include "libcheck/core/udp_inquiry.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

template <std::size_t N>
std::array<std::uint8_t, N> no_hash(base::Bytes /*input*/) {
  return {};
}

/// A script with every kind of expectation but a pattern.
inline const check::ScriptedCheck& fuzz_script(bool negated) {
  const auto expect = [](check::MatchHow how, std::string bytes, bool against) {
    return check::ScriptStep{.sends = false,
                             .expect = {.how = how, .bytes = std::move(bytes), .negated = against}};
  };
  using enum check::MatchHow;
  static const check::ScriptedCheck kPositive{{expect(kPrefix, "ab", false),
                                               {.sends = true, .send = "x"},
                                               expect(kContains, "cd", false),
                                               expect(kLine, "ef", false)}};
  static const check::ScriptedCheck kNegative{
      {expect(kPrefix, "ab", true), expect(kContains, "cd", true), expect(kLine, "ef", true)}};
  return negated ? kNegative : kPositive;
}

inline std::unique_ptr<check::Dialogue> fuzz_dialogue_of(unsigned kind, unsigned option) {
  const bool tls = option >= 4;
  option %= 4U;
  static const check::StepPatterns kNoPatterns(4);
  switch (kind) {
    case 0:
      return check::make_dialogue(check::SmtpCheck{.starttls = tls});
    case 1:
      return check::make_dialogue(check::RedisCheck{
          .user = option == 3 ? "u" : "",
          .password = option >= 2 ? "p" : "",
          .role = option == 1 ? check::RedisRole::kMaster : check::RedisRole::kAny});
    case 2:
      return check::make_dialogue(
          check::PostgresqlCheck{.user = "u",
                                 .database = option == 1 ? "d" : "",
                                 .role = option == 2   ? check::PostgresqlRole::kPrimary
                                         : option == 3 ? check::PostgresqlRole::kStandby
                                                       : check::PostgresqlRole::kAny,
                                 .starttls = tls});
    case 3:
      return check::make_dialogue(
          check::LdapCheck{.bind_dn = std::string(option * 100, 'x'), .password = "p"});
    case 4:
      return check::make_dialogue(check::MysqlCheck{.user = option == 0 ? "" : "u",
                                                    .password = option >= 2 ? "p" : "",
                                                    .database = option == 3 ? "d" : ""},
                                  {.sha1 = no_hash<20>, .sha256 = no_hash<32>});
    case 5:
      return check::make_dialogue(check::AgentCheck{});
    case 6:
      return check::make_dialogue(fuzz_script(option % 2 == 1), kNoPatterns);
    default:
      return check::make_dialogue(check::DnsCheck{}, 0x4142);
  }
}

struct FuzzTalk {
  std::string sent;
  std::optional<check::Finding> finding;
};

inline FuzzTalk fuzz_talk(unsigned kind, unsigned option, std::span<const std::uint8_t> bytes,
                          std::size_t piece) {
  FuzzTalk out;
  check::Conversation conversation(fuzz_dialogue_of(kind, option));
  const auto note = [&](check::Conversation::Reply reply) {
    out.sent += reply.send;
    out.finding = std::move(reply.finding);
    if (!reply.secure) return;
    // No hands are shaken here: it is greeted, and what comes behind is no good, as an end is.
    (void)conversation.secured();
    out.finding = conversation.on_eof();
  };
  note(conversation.open());
  while (!bytes.empty() && !out.finding) {
    const auto next = bytes.first(std::min(bytes.size(), piece));
    bytes = bytes.subspan(next.size());
    note(conversation.take(next));
  }
  if (!out.finding) {
    require(check::outcome(conversation.on_timeout().code) == check::Outcome::kFailed,
            "silence is a failure");
    out.finding = conversation.on_eof();
  }
  return out;
}

inline void fuzz_dialogue(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 2) return;
  const unsigned kind = bytes[0] % 8U;
  const unsigned option = bytes[1] % 8U;
  const FuzzTalk burst = fuzz_talk(kind, option, bytes.subspan(2), bytes.size());
  const FuzzTalk drip = fuzz_talk(kind, option, bytes.subspan(2), 1);
  require(burst.finding->code == drip.finding->code, "pieces do not change what is found");
  require(burst.finding->status == drip.finding->status, "nor its number");
  require(burst.finding->agent.has_value() == drip.finding->agent.has_value(), "nor its word");
  require(burst.sent == drip.sent, "nor what is said");
  for (const char c : burst.finding->info) {
    require(static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f,
            "what is shown is printable");
  }
}

}  // namespace hapair::fuzz
