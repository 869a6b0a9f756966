// Any bytes a server may send to an HTTP check, in any pieces: a finding or "more", and always the
// same finding however the bytes were cut.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "libcheck/core/http_dialogue.hpp"
#include "tests/fuzz/hear_in_pieces.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

/// Feeds `bytes` in pieces of that size; nullopt when they are no finding yet.
inline std::optional<check::Finding> judge_in_pieces(const check::HttpCheck& what,
                                                     std::span<const std::uint8_t> bytes,
                                                     std::size_t piece) {
  static const check::HttpPatterns kNoPatterns{
      .fields = std::vector<std::unique_ptr<const check::Pattern>>(1)};
  check::Conversation talk(check::make_dialogue(what, kNoPatterns, {.authority = "a"}));
  if (auto finding = hear_in_pieces(talk, bytes, piece)) return finding;
  const check::Finding end = talk.on_eof();
  require(check::outcome(end.code) == check::Outcome::kPassed || !end.info.empty(),
          "an end too early has words");
  return std::nullopt;
}

inline void require_same(const check::HttpCheck& what, std::span<const std::uint8_t> bytes) {
  const auto whole = judge_in_pieces(what, bytes, bytes.size() + 1);
  const auto cut = judge_in_pieces(what, bytes, 1);
  require(whole.has_value() == cut.has_value(), "cuts do not decide whether there is a finding");
  if (!whole) return;
  require(whole->code == cut->code && whole->status == cut->status, "cuts do not change it");
  require(whole->info.size() <= 4 * check::CheckResult::kMaxInfo + 3, "bounded info");
}

inline void fuzz_check_response(std::span<const std::uint8_t> bytes) {
  using enum check::MatchHow;
  require_same({}, bytes);
  require_same({.method = "HEAD", .fields = {{.name = "X", .value = "y"}}}, bytes);
  require_same({.expect_fields = {{.name = "X", .value = {{.how = kLine, .bytes = "y"}}}},
                .expect_body = {{.how = kContains, .bytes = "ab"}},
                .max_body = 64},
               bytes);
  require_same({.expect_body = {{.how = kContains, .bytes = "ab", .negated = true}}}, bytes);
}

}  // namespace hapair::fuzz
