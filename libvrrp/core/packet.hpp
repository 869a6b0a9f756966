// The VRRP advertisement on the wire: version 2 (RFC 3768, section 5.3; with the authentication
// data of RFC 2338 that keepalived still sends) and version 3 (RFC 9568, section 5.2). Bytes to
// meaning and back; whether an advert is heeded is for ReceiveChecks and Election to say.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "libvrrp/core/drop_reason.hpp"

namespace hapair::vrrp {

/// The IP protocol number of VRRP.
inline constexpr std::uint8_t kIpProtocol = 112;
/// A TTL (or hop limit) below this shows that a router has forwarded the packet.
inline constexpr std::uint8_t kTtl = 255;
/// Class selector 6, as control traffic: the TOS of every advert.
inline constexpr std::uint8_t kTos = 0xc0;

/// 224.0.0.18 or ff02::12.
[[nodiscard]] base::IpAddress multicast_group(base::Family family);

enum class Version : std::uint8_t { kV2 = 2, kV3 = 3 };

enum class AuthType : std::uint8_t { kNone = 0, kPassword = 1 };

/// A version 2 password, padded with zeros. Sent in clear: it guards against mistakes, not people.
using AuthKey = std::array<std::uint8_t, 8>;

/// The first eight bytes of a password, as keepalived cuts it.
[[nodiscard]] AuthKey auth_key(std::string_view password);

struct Advert {
  Version version = Version::kV3;
  std::uint8_t vrid = 0;
  std::uint8_t priority = 0;  ///< 0: the sender resigns; 255: it owns the addresses
  base::Duration
      interval{};  ///< version 2: whole seconds to 255; version 3: 10 ms steps to 40.95 s
  std::vector<base::IpAddress> addresses;  ///< 1 to 255, all of the sender's family
  AuthType auth_type = AuthType::kNone;    ///< version 2 only
  AuthKey auth{};

  bool operator==(const Advert&) const = default;
};

/// What the checksum covers besides the advert itself. RFC 9568, section 5.2.8, has no
/// pseudo-header for IPv4, RFC 5798 and keepalived 2.2 have one, and keepalived up to 1.3.6 put the
/// multicast group in it even when it sent to a peer.
enum class ChecksumForm : std::uint8_t { kPlain, kPseudoHeader, kPseudoMulticast };
inline constexpr std::size_t kChecksumForms = 3;

[[nodiscard]] std::string_view to_string(ChecksumForm form);

/// The advert as IP payload. The interval is rounded down to what the version can say and is never
/// 0. `form` matters to version 3 over IPv4 only.
[[nodiscard]] std::vector<std::uint8_t> encode_advert(
    const Advert& advert, const base::IpAddress& source, const base::IpAddress& destination,
    ChecksumForm form = ChecksumForm::kPseudoHeader);

struct DecodedAdvert {
  Advert advert;
  ChecksumForm checksum = ChecksumForm::kPlain;  ///< the form that matched
  bool is_signed = false;                        ///< and the signature is right
};

/// Total: any bytes give an advert or the reason why they are none. Checks what can be checked
/// without configuration; takes every checksum form.
[[nodiscard]] std::expected<DecodedAdvert, DropReason> decode_advert(
    base::Bytes payload, const base::IpAddress& source, const base::IpAddress& destination);

/// The VRID field, for handing a packet to its group before it is decoded; 0 (which no router may
/// use) when the payload is too short to have one.
[[nodiscard]] std::uint8_t peek_vrid(base::Bytes payload);

}  // namespace hapair::vrrp
