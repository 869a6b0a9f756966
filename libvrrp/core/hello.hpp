// What the nodes of a cluster tell each other beside VRRP, whose backups are silent: who is there,
// how it stands with each VIP, and which servers it can reach. One UDP datagram, authenticated with
// a key that only they have. The form: docs/decisions/0012-hello.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "libvrrp/core/auth_trailer.hpp"
#include "libvrrp/core/drill_note.hpp"
#include "libvrrp/core/effects.hpp"
#include "libvrrp/core/hello_fields.hpp"
#include "libvrrp/core/priority.hpp"

namespace hapair::vrrp {

inline constexpr std::size_t kMaxHello = 9216;  ///< bytes of one datagram

struct HelloVip {
  std::string name;
  State role = State::kInitialize;
  Verdict verdict = Verdict::kServes;
  std::uint8_t priority = 0;  ///< that it would advertise

  bool operator==(const HelloVip&) const = default;
};

struct HelloBackend {
  std::string name;
  std::uint16_t usable = 0;  ///< servers that take traffic, seen from that node

  bool operator==(const HelloBackend&) const = default;
};

/// What a node says of itself.
struct NodeReport {
  std::string version;                 ///< of hapair
  std::string config_hash;             ///< of the file, as status shows it
  std::vector<HelloVip> vips;          ///< the first kMaxHelloEntries of them
  std::vector<HelloBackend> backends;  ///< likewise

  bool operator==(const NodeReport&) const = default;
};

struct Hello {
  std::string from;  ///< the nodes' names
  std::string to;
  std::uint64_t session = 0;    ///< one for each run of the sender
  std::uint64_t sequence = 0;   ///< grows within the session
  std::uint64_t challenge = 0;  ///< what the sender wants to hear back before it believes a session
  std::uint64_t echo = 0;       ///< the last challenge that the sender heard from the receiver
  base::WallTime wall{};        ///< the sender's clock
  NodeReport report;
  std::optional<DrillNote> drill{};  ///< instead of the report: a letter, which is of form 2

  bool operator==(const Hello&) const = default;
};

/// Texts and lists that are too long are cut, so that any report fits.
[[nodiscard]] std::vector<std::uint8_t> encode_hello(const Hello& hello,
                                                     const Authenticator& authenticator);

/// Total. nullopt for what is no hello made by someone with the key.
[[nodiscard]] std::optional<Hello> decode_hello(base::Bytes datagram,
                                                const Authenticator& authenticator);

}  // namespace hapair::vrrp
