// What the worker may ask the guardian for. Only the config reader makes grants; they cross from it
// to the guardian in a fixed binary form, so that the guardian parses no text.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/guardian/target_grants.hpp"
#include "apps/hapair/scripts/script.hpp"
#include "apps/hapair/tls_files/tls_file.hpp"
#include "common/base/bytes.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "libvrrp/core/auth_trailer.hpp"
#include "libvrrp/core/notify_queue.hpp"
#include "libvrrp/core/packet.hpp"
#include "libvrrp/io/routing.hpp"

namespace hapair::guardian {

/// Limits of what one node can be granted; the ledger has room for as much.
inline constexpr std::size_t kMaxInterfaces = 16;
inline constexpr std::size_t kMaxGroups = 128;
inline constexpr std::size_t kMaxGroupAddresses = 255;
inline constexpr std::size_t kMaxAddresses = 1024;
inline constexpr std::size_t kMaxGroupRoutes = 64;  ///< and as many rules
inline constexpr std::size_t kMaxRouting = 256;     ///< routes and rules of all groups
inline constexpr std::size_t kMaxPeers = 16;
inline constexpr base::Duration kMaxAnnounceInterval = std::chrono::milliseconds(100);
inline constexpr std::size_t kMaxBinds = 1024;
inline constexpr std::size_t kMaxScripts = 1024;
inline constexpr std::size_t kMaxNotifies = 192;
inline constexpr std::size_t kMaxLogFiles = 16;
inline constexpr std::size_t kMaxTlsFiles = tls_files::kMaxSources;

/// An address that may be held, and where.
struct VipGrant {
  base::Prefix prefix;
  std::size_t interface = 0;  ///< index into Grants::interfaces
  std::string label{};        ///< IPv4 only, up to 15 bytes; empty: none
  std::uint8_t scope = 0;     ///< as rtnetlink counts scopes
  bool advertised = true;     ///< only in adverts of its own family

  bool operator==(const VipGrant&) const = default;
};

/// A route that may be there while its group is held.
struct RouteGrant {
  vrrp::Route route;          ///< without its link
  std::size_t interface = 0;  ///< index into Grants::interfaces

  bool operator==(const RouteGrant&) const = default;
};

/// One VIP group: what may be advertised, and which addresses may be held. Its family is that of
/// `source` and `peers`.
struct GroupGrant {
  std::string name;
  std::size_t interface = 0;  ///< index into Grants::interfaces
  vrrp::Version version = vrrp::Version::kV3;
  std::uint8_t router_id = 0;
  std::optional<vrrp::AuthKey> password;     ///< version 2 only
  std::optional<vrrp::HmacKey> sign_with{};  ///< version 3 only; nullopt: adverts go unsigned
  base::IpAddress source;                    ///< ::: the interface has no link-local address (yet)
  bool unicast = false;                ///< adverts go to `peers` instead of the multicast group
  std::vector<base::IpAddress> peers;  ///< without `unicast` they count for nothing
  std::vector<VipGrant> addresses;     ///< at least one is advertised
  bool virtual_mac = false;            ///< addresses on `interface`: with the virtual router's MAC
  std::vector<RouteGrant> routes{};
  std::vector<vrrp::Rule> rules{};
  base::Duration announce_interval{};  ///< 0 to kMaxAnnounceInterval: between two announcements

  bool operator==(const GroupGrant&) const = default;
};

/// One listening socket. Exactly one of the two is set.
struct BindGrant {
  base::Endpoint endpoint;
  std::string unix_path;      ///< empty: `endpoint` counts
  bool freebind = false;      ///< the endpoint's address may be absent (a VIP on the standby)
  std::size_t interface = 0;  ///< index into Grants::interfaces; counts for link-local addresses

  bool operator==(const BindGrant&) const = default;
};

struct ControlGrant {
  std::string path;
  std::uint32_t gid = 0;
  std::uint32_t mode = 0660;

  bool operator==(const ControlGrant&) const = default;
};

/// The file that the journal is kept in.
struct JournalGrant {
  std::string path;  ///< absolute; empty: none
  std::uint64_t max_bytes = 0;
  std::uint32_t gid = 0;  ///< may read it

  bool operator==(const JournalGrant&) const = default;
};

/// The files that log lines go to.
struct LogFilesGrant {
  std::vector<std::string> paths;  ///< absolute; each once, up to kMaxLogFiles
  std::uint32_t gid = 0;           ///< may read them

  bool operator==(const LogFilesGrant&) const = default;
};

/// The scripts that are told of what one VIP or sync group becomes; indices into Grants::scripts.
struct NotifyGrant {
  vrrp::NotifySubject subject = vrrp::NotifySubject::kInstance;
  std::string name;
  std::array<std::optional<std::size_t>, vrrp::kNotifyStates> by_state{};
  std::optional<std::size_t> any{};  ///< of every state, after the state's own

  [[nodiscard]] const std::optional<std::size_t>& of(vrrp::NotifyState state) const {
    return by_state[static_cast<std::size_t>(state)];
  }
  bool operator==(const NotifyGrant&) const = default;
};

struct Grants {
  std::string node;  ///< this node's name
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string user;  ///< the name of `uid`, for messages
  base::Duration heartbeat_limit = std::chrono::milliseconds(250);
  base::Duration drain_timeout = std::chrono::seconds(10);
  std::vector<std::string> interfaces;
  std::vector<GroupGrant> groups;    ///< in the order of the model's VIPs
  std::vector<BindGrant> binds;      ///< in the order of the model's bind ids
  std::vector<TargetGrant> targets;  ///< in the order of the model's targets
  ControlGrant control;
  JournalGrant journal;
  LogFilesGrant logs;
  std::vector<tls_files::Source> tls_files;  ///< in the order of the model's
  std::vector<scripts::Script> scripts;      ///< in the order of the model's scripts
  std::vector<NotifyGrant> notifies;         ///< in the order of the model's notifies

  bool operator==(const Grants&) const = default;
};

[[nodiscard]] std::vector<std::uint8_t> encode_grants(const Grants& grants);

/// Total; checks every limit and reference, so that the rest of the guardian need not.
[[nodiscard]] base::Result<Grants> decode_grants(base::Bytes bytes);

}  // namespace hapair::guardian
