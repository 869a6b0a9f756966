// The agent check: a small server beside the service says in a line of words how the service is,
// and how much it wants to have. HAProxy's words: up, down, fail, stopped, ready, drain, maint,
// 75%, maxconn:30, and a reason behind '#'.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libcheck/core/dialogue.hpp"

namespace hapair::check {

struct AgentCheck {
  std::string send{};  ///< said first; may be empty

  auto operator<=>(const AgentCheck&) const = default;
};

/// What an agent asks for beyond this counts as this, in per cent.
inline constexpr std::uint16_t kMaxAgentWeight = 256;

/// What one line says. A line that says only how much, or which mode, is that of a server that is
/// up. Unknown words are no agent's: L7RSP.
[[nodiscard]] Finding judge_agent_line(std::string_view line);

/// The line ends with CR, LF or the end of the connection.
[[nodiscard]] std::unique_ptr<Dialogue> make_dialogue(const AgentCheck& check);

}  // namespace hapair::check
