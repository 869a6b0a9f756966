// What authenticates an advert between our own nodes: a trailer behind the VRRP message, inside the
// IP packet, with a number that only grows and an HMAC over all of it. VRRP version 3 has no
// authentication of its own (RFC 9568, section 9). The form: docs/decisions/0009-advert-hmac.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/ip_address.hpp"

namespace hapair::vrrp {

using AuthTag = std::array<std::uint8_t, 16>;
using HmacKey = std::array<std::uint8_t, 32>;

/// HMAC-SHA256 under the group's key, cut to 128 bits. An interface: cryptography is not a core's
/// business.
class Authenticator {
 public:
  [[nodiscard]] virtual AuthTag tag(base::Bytes message) const = 0;

 protected:
  ~Authenticator() = default;
};

inline constexpr std::size_t kTrailerLength = 28;

struct Trailer {
  std::uint64_t sequence = 0;
  AuthTag tag{};
};

struct SplitAdvert {
  base::Bytes message;             ///< the VRRP message alone
  std::optional<Trailer> trailer;  ///< nullopt: the packet carries none
};

/// Total: any payload is split, into itself and nothing where it has no trailer of ours.
[[nodiscard]] SplitAdvert split_advert(base::Bytes payload);

/// The message with its trailer. `sequence` must be above all that this sender has used before.
[[nodiscard]] std::vector<std::uint8_t> sign_advert(base::Bytes message,
                                                    const base::IpAddress& source,
                                                    const base::IpAddress& destination,
                                                    std::uint64_t sequence,
                                                    const Authenticator& authenticator);

/// Whether the trailer was made for this message between these two by someone with the key. Takes
/// as long for a wrong tag as for a right one.
[[nodiscard]] bool verify_advert(base::Bytes message, const Trailer& trailer,
                                 const base::IpAddress& source, const base::IpAddress& destination,
                                 const Authenticator& authenticator);

}  // namespace hapair::vrrp
