// Is this a MySQL or MariaDB that takes clients (protocol 10)? Without a user its handshake is
// enough; with one we log in, and out again.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>

#include "common/base/bytes.hpp"
#include "libcheck/core/dialogue.hpp"

namespace hapair::check {

struct MysqlCheck {
  std::string user{};      ///< empty: the server's handshake is enough
  std::string password{};  ///< mysql_native_password, caching_sha2_password (its fast way)
  std::string database{};  ///< which must be there; empty: none

  auto operator<=>(const MysqlCheck&) const = default;
};

/// What a core can't compute itself.
struct Hashes {
  using Sha1 = std::array<std::uint8_t, 20>;
  using Sha256 = std::array<std::uint8_t, 32>;
  Sha1 (*sha1)(base::Bytes bytes) = nullptr;
  Sha256 (*sha256)(base::Bytes bytes) = nullptr;
};

[[nodiscard]] std::unique_ptr<Dialogue> make_dialogue(const MysqlCheck& check,
                                                      const Hashes& hashes);

}  // namespace hapair::check
