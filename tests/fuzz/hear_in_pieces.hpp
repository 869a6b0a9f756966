// A server's answer to a check that asks first, cut into pieces of one size.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "libcheck/core/dialogue.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

/// The finding that the bytes lead to; nullopt when they are none yet, and silence would fail.
inline std::optional<check::Finding> hear_in_pieces(check::Conversation& talk,
                                                    std::span<const std::uint8_t> bytes,
                                                    std::size_t piece) {
  require(!talk.open().send.empty(), "the request goes first");
  while (!bytes.empty()) {
    const auto next = bytes.first(std::min(bytes.size(), piece));
    bytes = bytes.subspan(next.size());
    if (auto reply = talk.take(next); reply.finding) return reply.finding;
  }
  require(check::outcome(talk.on_timeout().code) == check::Outcome::kFailed,
          "silence is a failure");
  return std::nullopt;
}

}  // namespace hapair::fuzz
