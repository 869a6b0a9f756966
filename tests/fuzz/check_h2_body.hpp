// Any bytes a server may send to a check over HTTP/2, in any pieces: a finding or "more", and the
// same one however they were cut. The first byte says whether a page or gRPC's health is asked for;
// the rest is the answer, and by itself a message of the health protocol.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "common/base/bytes.hpp"
#include "libcheck/core/grpc_check.hpp"
#include "libcheck/core/http_check.hpp"
#include "tests/fuzz/hear_in_pieces.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline std::unique_ptr<check::Dialogue> h2_dialogue_for(bool grpc) {
  static const check::HttpPatterns kNoPatterns;
  static const check::HttpCheck kPage{
      .method = "POST",
      .fields = {{.name = "X-Token", .value = "y"}},
      .body = "b",
      .expect_body = {{.how = check::MatchHow::kContains, .bytes = "ab"}},
      .max_body = 64,
      .http2 = true};
  static const check::GrpcCheck kHealth{.service = "s"};
  const check::HttpTerms terms{.authority = "a"};
  if (grpc) return check::make_dialogue(kHealth, terms, std::chrono::seconds(1));
  return check::make_dialogue(kPage, kNoPatterns, terms);
}

inline std::optional<check::Finding> h2_in_pieces(bool grpc, std::span<const std::uint8_t> bytes,
                                                  std::size_t piece) {
  check::Conversation talk(h2_dialogue_for(grpc));
  return hear_in_pieces(talk, bytes, piece);
}

inline void fuzz_check_h2(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  const bool grpc = (bytes[0] & 1U) != 0;
  const auto answer = bytes.subspan(1);
  const auto whole = h2_in_pieces(grpc, answer, answer.size() + 1);
  const auto cut = h2_in_pieces(grpc, answer, 1);
  if (whole && cut) {
    require(check::outcome(whole->code) == check::outcome(cut->code), "cuts do not change it");
    require(whole->info.size() <= 4 * check::CheckResult::kMaxInfo + 64, "bounded info");
  }
  if (const auto status = check::decode_health_response(base::as_text(answer))) {
    require(!check::to_string(*status).empty(), "every status has its name");
  }
}

}  // namespace hapair::fuzz
