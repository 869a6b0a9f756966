// Any bytes a server may send to an HTTP check, in any pieces: a verdict or "more", never more than
// the bound, and always the same verdict however the bytes were cut.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/random.hpp"
#include "libcheck/core/http_judge.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

/// Feeds `bytes` in pieces of 1 to `max_piece`; nullopt when they are no verdict yet.
inline std::optional<check::HttpVerdict> judge_in_pieces(std::span<const std::uint8_t> bytes,
                                                         std::size_t max_piece,
                                                         base::Random& random) {
  static const check::ExpectedStatus expect;
  check::HttpJudge judge(expect);
  while (!bytes.empty()) {
    const auto room = judge.room();
    require(!room.empty(), "room until the verdict");
    const std::size_t piece =
        std::min({bytes.size(), room.size(), std::size_t{1} + random.below(max_piece)});
    std::copy_n(bytes.begin(), piece, room.begin());
    bytes = bytes.subspan(piece);
    if (auto verdict = judge.take(piece)) return verdict;
  }
  require(judge.on_eof().code == check::CheckCode::kL7BadResponse, "an early end is no answer");
  return std::nullopt;
}

inline void fuzz_check_response(std::span<const std::uint8_t> bytes) {
  base::Random random(bytes.size() + 1);
  const auto whole = judge_in_pieces(bytes, check::HttpJudge::kMaxHead, random);
  const auto cut = judge_in_pieces(bytes, 3, random);
  require(whole.has_value() == cut.has_value(), "cuts do not decide whether there is a verdict");
  if (!whole) return;
  require(whole->code == cut->code && whole->status == cut->status && whole->info == cut->info,
          "cuts do not change the verdict");
  require((whole->code == check::CheckCode::kL7BadResponse) == (whole->status == 0),
          "a status for well-formed answers only");
  require(whole->info.size() <= 4 * check::CheckResult::kMaxInfo + 3, "bounded info");
}

}  // namespace hapair::fuzz
