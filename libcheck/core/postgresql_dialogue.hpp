// Is this a PostgreSQL that takes sessions (protocol 3.0)? A user who needs no password is followed
// until the server is ready for a query; where it asks for one, it is up: it would let users in.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>

#include "libcheck/core/dialogue.hpp"

namespace hapair::check {

enum class PostgresqlRole : std::uint8_t { kAny, kPrimary, kStandby };

struct PostgresqlCheck {
  std::string user{};      ///< not empty
  std::string database{};  ///< empty: the one of the user's name
  /// Told by servers from PostgreSQL 14 on, to users who get in.
  PostgresqlRole role = PostgresqlRole::kAny;
  bool starttls = false;  ///< the server is asked to change over to TLS first (SSLRequest)

  auto operator<=>(const PostgresqlCheck&) const = default;
};

[[nodiscard]] std::unique_ptr<Dialogue> make_dialogue(const PostgresqlCheck& check);

}  // namespace hapair::check
