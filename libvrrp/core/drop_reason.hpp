// Why a received packet was dropped, and how often each reason occurred. A dropped packet changes
// nothing but these counters (RFC 9568, section 7.1: discard, do nothing more).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hapair::vrrp {

enum class DropReason : std::uint8_t {
  kIpHeader,          ///< not a whole, unfragmented IPv4 packet with protocol 112
  kTtl,               ///< a router has forwarded it
  kDestination,       ///< sent neither to the group nor to us, whichever the transport asks for
  kOwnPacket,         ///< its source is an address of this node
  kSourceNotPeer,     ///< unicast from somebody the configuration does not list
  kTooShort,          ///< no room for the fixed header
  kVersion,           ///< not version 2 or 3, or not the version configured
  kType,              ///< not an advertisement
  kLength,            ///< longer or shorter than its address count says
  kNoAddresses,       ///< address count 0
  kChecksum,          ///< right in none of the known forms
  kUnknownVrid,       ///< no group of ours has this VRID
  kAuthType,          ///< version 2: authentication other than the configured one
  kAuthKey,           ///< version 2: wrong password
  kIntervalMismatch,  ///< version 2: not the configured interval (RFC 3768, section 7.1)
  kUnsigned,          ///< without the HMAC that this group insists on
  kBadSignature,      ///< with an HMAC of another key, or changed on the way
  kReplay,            ///< rightly signed, but sent before
};

inline constexpr std::size_t kDropReasons = 18;

/// "ttl", "not-a-peer": short, stable, fit for a metrics label.
[[nodiscard]] std::string_view to_string(DropReason reason);

/// For a person: what is wrong with the packet, and what to do where that is known.
[[nodiscard]] std::string_view explain(DropReason reason);

class DropCounters {
 public:
  void count(DropReason reason) { ++counts_[static_cast<std::size_t>(reason)]; }
  [[nodiscard]] std::uint64_t of(DropReason reason) const {
    return counts_[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] std::uint64_t total() const;

 private:
  std::array<std::uint64_t, kDropReasons> counts_{};
};

}  // namespace hapair::vrrp
