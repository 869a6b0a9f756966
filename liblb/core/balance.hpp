// How a backend chooses a server for a request or connection: plain values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hapair::lb {

enum class Algorithm : std::uint8_t {
  kRoundRobin,        ///< in turn, by weight
  kStatic,            ///< the same by the configured weights alone: no slow start, no agent's word
  kLeastConnections,  ///< the fewest requests or connections for its weight
  kRandom,            ///< the less busy one of some drawn at random
  kFirst,             ///< the first that has room
  kHash,              ///< the same server for the same key
};

/// How keys are laid on servers.
enum class HashMethod : std::uint8_t {
  kConsistent,  ///< a ring: a server that goes moves its own keys and no others
  kMap,         ///< by the sum of the weights: any change moves most keys
};

/// What becomes of a key whose server has no room.
enum class WhenFull : std::uint8_t {
  kWait,  ///< it waits for that one
  kNext,  ///< it goes to the next that has room
};

/// A part of what is hashed.
struct HashPart {
  enum class Kind : std::uint8_t {
    kSource,  ///< the client's address
    kHost,    ///< in lower case, without its port
    kPath,    ///< without its query
    kUri,     ///< the path with its query
    kHeader,
    kCookie,
    kQuery,  ///< one parameter of the query
  };

  Kind kind = Kind::kSource;
  std::string name{};  ///< of the header, cookie or parameter

  bool operator==(const HashPart&) const = default;
};

struct BalanceSettings {
  Algorithm algorithm = Algorithm::kRoundRobin;
  std::string text = "roundrobin";  ///< for the statistics
  std::vector<HashPart> on{};       ///< kHash: at least one
  unsigned depth = 0;               ///< parts of a path that count; 0: all of them
  HashMethod method = HashMethod::kConsistent;
  /// kConsistent: the most of the mean load that a server gets, in percent: 101 to 1000; 0: any.
  std::uint32_t load_percent = 0;
  WhenFull when_full = WhenFull::kWait;
  bool by_address = false;  ///< servers are told apart by address and port, not by name
  unsigned draws = 2;       ///< kRandom: 1 to 8

  [[nodiscard]] bool hashes_source() const {
    return std::ranges::find(on, HashPart::Kind::kSource, &HashPart::kind) != on.end();
  }
  /// Connections as such have no more than an address.
  [[nodiscard]] bool needs_http() const {
    for (const HashPart& part : on) {
      if (part.kind != HashPart::Kind::kSource) return true;
    }
    return false;
  }

  bool operator==(const BalanceSettings&) const = default;
};

}  // namespace hapair::lb
