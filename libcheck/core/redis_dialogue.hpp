// Is this a Redis (or Valkey) that serves? PING must bring PONG; where a role is expected, INFO
// replication must tell it.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>

#include "libcheck/core/dialogue.hpp"

namespace hapair::check {

enum class RedisRole : std::uint8_t { kAny, kMaster, kReplica };

struct RedisCheck {
  std::string user{};      ///< empty: the default user; needs a password
  std::string password{};  ///< empty: AUTH is not said
  RedisRole role = RedisRole::kAny;

  auto operator<=>(const RedisCheck&) const = default;
};

/// A server that wants a password where none is given is up: it answers. It is down where a role is
/// expected, which it does not tell.
[[nodiscard]] std::unique_ptr<Dialogue> make_dialogue(const RedisCheck& check);

}  // namespace hapair::check
