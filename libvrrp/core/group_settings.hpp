// One VIP group (a virtual router, in the RFC's words) as this node runs it. Plain and immutable
// once validated; apps/hapair/config fills it in.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "libvrrp/core/auth_trailer.hpp"
#include "libvrrp/core/packet.hpp"
#include "libvrrp/core/priority.hpp"

namespace hapair::vrrp {

/// The priority of a router that owns the addresses for good; it never yields to tracking.
inline constexpr std::uint8_t kOwnerPriority = 255;
/// On the wire: "I am leaving" (RFC 9568, section 5.2.4).
inline constexpr std::uint8_t kResignPriority = 0;

struct AnnounceSettings {
  std::uint16_t repeat = 5;                           ///< per burst; 1 to 100
  base::Duration delay = std::chrono::seconds(5);     ///< to the second burst; 0: none
  base::Duration refresh = std::chrono::seconds(60);  ///< between later ones; 0: none
};

/// How adverts are signed, in the order in which a running cluster goes through them.
enum class SignatureMode : std::uint8_t {
  kOff,          ///< neither signed nor looked at
  kReceiveOnly,  ///< sends unsigned ones; takes both, and checks what is signed
  kPermissive,   ///< signs; takes both
  kEnforce,      ///< signs, and takes only signed ones
};

/// "off", "receive-only", "permissive", "enforce".
[[nodiscard]] std::string_view to_string(SignatureMode mode);

[[nodiscard]] constexpr bool signs(SignatureMode mode) {
  return mode == SignatureMode::kPermissive || mode == SignatureMode::kEnforce;
}

/// Whether a better preference alone takes the addresses back from a master that serves. A master
/// of a worse verdict is replaced whatever this says.
struct Failback {
  enum class Kind : std::uint8_t {
    kImmediate,
    kNever,
    kAfter,  ///< once this node has been fit, and has heard that master, for `stable`
  };
  Kind kind = Kind::kImmediate;
  base::Duration stable{};
};

/// Another node of the cluster, by the address its adverts come from.
struct NodeAddress {
  std::string name;
  base::IpAddress address;
};

struct GroupSettings {
  std::string name;
  Version version = Version::kV3;
  std::uint8_t vrid = 0;                                     ///< 1 to 255
  std::uint8_t priority = 100;                               ///< before tracking; 1 to 255
  base::Duration advert_interval = std::chrono::seconds(1);  ///< as Advert::interval; never 0
  std::vector<base::IpAddress> addresses;                    ///< 1 to 255, of one family
  base::IpAddress own_address;                               ///< the source of our adverts
  bool unicast = false;                                      ///< adverts go to `peers`
  std::vector<base::IpAddress> peers;                        ///< only heeded when `unicast`
  std::vector<NodeAddress> nodes;                            ///< the others, as far as known
  bool knows_all_nodes = false;          ///< who is not in `nodes` is a stranger
  AuthType auth_type = AuthType::kNone;  ///< version 2 only
  AuthKey auth{};
  SignatureMode signatures = SignatureMode::kOff;  ///< version 3 only
  HmacKey key{};                                   ///< of all nodes of the group
  Failback failback;
  VerdictScale scale;
  /// How long a router that has just started listens at least before it may become master; half as
  /// long again for each router that is preferred to it.
  base::Duration startup_delay{};
  bool synced = false;  ///< becomes master only together with its sync group
  AnnounceSettings announce;
};

}  // namespace hapair::vrrp
