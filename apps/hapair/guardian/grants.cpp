#include "apps/hapair/guardian/grants.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/guardian/grants_routing.hpp"
#include "apps/hapair/guardian/grants_scripts.hpp"
#include "apps/hapair/guardian/wire.hpp"
#include "common/base/text.hpp"

namespace hapair::guardian {
namespace {

using base::ByteReader;
using base::ByteWriter;

// "hapair grants, form 9": both ends are the same binary, the number only guards against mistakes.
constexpr std::uint32_t kMagic = 0x6861670a;
constexpr std::size_t kMaxInterfaceName = 15;
constexpr std::size_t kMaxUnixPath = 107;
constexpr std::size_t kMaxPath = 4095;

void put_group(ByteWriter& out, const GroupGrant& group) {
  put_text(out, group.name);
  out.u16(static_cast<std::uint16_t>(group.interface));
  out.u8(static_cast<std::uint8_t>(group.version)).u8(group.router_id);
  out.u8(group.password ? 1 : 0);
  if (group.password) out.bytes(*group.password);
  out.u8(group.sign_with ? 1 : 0);
  if (group.sign_with) out.bytes(*group.sign_with);
  put_address(out, group.source);
  out.u8(group.unicast ? 1 : 0);
  out.u16(static_cast<std::uint16_t>(group.peers.size()));
  for (const auto& peer : group.peers) put_address(out, peer);
  out.u16(static_cast<std::uint16_t>(group.addresses.size()));
  for (const VipGrant& vip : group.addresses) {
    put_prefix(out, vip.prefix);
    out.u16(static_cast<std::uint16_t>(vip.interface));
    put_text(out, vip.label);
    out.u8(vip.scope).u8(vip.advertised ? 1 : 0);
  }
  put_duration(out, group.announce_interval);
  out.u8(group.virtual_mac ? 1 : 0);
  put_routing(out, group);
}

base::Result<VipGrant> take_vip(ByteReader& in, std::size_t interfaces) {
  const auto prefix = take_prefix(in);
  VipGrant vip;
  vip.interface = in.u16();
  vip.label = take_text(in);
  vip.scope = in.u8();
  const auto advertised = take_flag(in);
  if (!prefix || !advertised) return malformed_grants("a VIP is no prefix");
  vip.prefix = *prefix;
  vip.advertised = *advertised;
  if (vip.interface >= interfaces) return malformed_grants("a VIP names no interface");
  if (vip.label.size() > kMaxInterfaceName || (!vip.label.empty() && !vip.prefix.address.is_v4())) {
    return malformed_grants("a VIP's label is impossible");
  }
  return vip;
}

base::Result<void> take_group_lists(ByteReader& in, std::size_t interfaces, GroupGrant& group) {
  const base::Family family = group.source.family();
  const auto unicast = take_flag(in);
  if (!unicast) return malformed_grants("a flag is neither 0 nor 1");
  group.unicast = *unicast;
  const std::size_t peers = in.u16();
  if (peers > kMaxPeers) return malformed_grants("too many peers in a VIP group");
  for (std::size_t i = 0; i < peers; ++i) {
    const auto peer = take_address(in);
    if (!peer || peer->family() != family)
      return malformed_grants("a peer is not of the group's family");
    group.peers.push_back(*peer);
  }
  const std::size_t addresses = in.u16();
  if (addresses == 0 || addresses > kMaxGroupAddresses) {
    return malformed_grants("a VIP group has 1 to 255 addresses");
  }
  bool advertises = false;
  for (std::size_t i = 0; i < addresses; ++i) {
    auto vip = take_vip(in, interfaces);
    if (!vip) return std::unexpected(vip.error());
    advertises = advertises || (vip->advertised && vip->prefix.address.family() == family);
    group.addresses.push_back(std::move(*vip));
  }
  if (!advertises) return malformed_grants("a VIP group advertises no address");
  const auto interval = take_duration(in);
  if (!interval || *interval > kMaxAnnounceInterval) {
    return malformed_grants("announcements lie 0 to 100 ms apart");
  }
  group.announce_interval = *interval;
  const auto virtual_mac = take_flag(in);
  if (!virtual_mac) return malformed_grants("a flag is neither 0 nor 1");
  group.virtual_mac = *virtual_mac;
  return take_routing(in, interfaces, group);
}

/// A flag, and the key behind it where it is set, which only one version may have.
template <class Key>
base::Result<std::optional<Key>> take_key(ByteReader& in, bool allowed,
                                          std::string_view otherwise) {
  const auto there = take_flag(in);
  if (!there) return malformed_grants("a flag is neither 0 nor 1");
  if (!*there) return std::nullopt;
  Key key{};
  const base::Bytes bytes = in.take(key.size());
  if (!in.ok() || !allowed) return malformed_grants(otherwise);
  std::ranges::copy(bytes, key.begin());
  return key;
}

base::Result<GroupGrant> take_group(ByteReader& in, std::size_t interfaces) {
  GroupGrant group;
  group.name = take_text(in);
  group.interface = in.u16();
  if (group.interface >= interfaces) return malformed_grants("a VIP group names no interface");
  const std::uint8_t version = in.u8();
  if (version != 2 && version != 3) return malformed_grants("VRRP version is 2 or 3");
  group.version = version == 2 ? vrrp::Version::kV2 : vrrp::Version::kV3;
  group.router_id = in.u8();
  if (group.router_id == 0) return malformed_grants("router id is 1 to 255");
  const auto password = take_key<vrrp::AuthKey>(in, version == 2, "only version 2 has a password");
  if (!password) return std::unexpected(password.error());
  group.password = *password;
  const auto sign_with = take_key<vrrp::HmacKey>(in, version == 3, "only version 3 has signatures");
  if (!sign_with) return std::unexpected(sign_with.error());
  group.sign_with = *sign_with;
  const auto source = take_address(in);
  if (!source || (version == 2 && !source->is_v4())) {
    return malformed_grants("a VIP group has no source address that its version can have");
  }
  group.source = *source;
  if (auto lists = take_group_lists(in, interfaces, group); !lists) {
    return std::unexpected(lists.error());
  }
  return group;
}

base::Result<BindGrant> take_bind(ByteReader& in, std::size_t interfaces) {
  BindGrant bind;
  bind.unix_path = take_text(in);
  if (bind.unix_path.size() > kMaxUnixPath) return malformed_grants("a Unix path is too long");
  if (!bind.unix_path.empty()) return bind;
  const auto address = take_address(in);
  bind.endpoint.port = in.u16();
  const auto freebind = take_flag(in);
  bind.interface = in.u16();
  if (!address || bind.endpoint.port == 0 || !freebind)
    return malformed_grants("a bind has no endpoint");
  if (address->is_link_local() && bind.interface >= interfaces) {
    return malformed_grants("a bind to a link-local address names no interface");
  }
  bind.endpoint.address = *address;
  bind.freebind = *freebind;
  return bind;
}

base::Result<void> take_process(ByteReader& in, Grants& grants) {
  grants.node = take_text(in);
  grants.uid = in.u32();
  grants.gid = in.u32();
  grants.user = take_text(in);
  const auto heartbeat = take_duration(in);
  const auto drain = take_duration(in);
  if (!heartbeat || heartbeat->count() == 0 || !drain)
    return malformed_grants("a time limit is absurd");
  grants.heartbeat_limit = *heartbeat;
  grants.drain_timeout = *drain;
  grants.control.path = take_text(in);
  grants.control.gid = in.u32();
  grants.control.mode = in.u32();
  if (grants.control.path.size() > kMaxUnixPath || grants.control.mode > 0777) {
    return malformed_grants("the control socket's path or mode is impossible");
  }
  grants.journal.path = take_text(in);
  grants.journal.max_bytes = in.u64();
  grants.journal.gid = in.u32();
  if (grants.journal.path.size() > kMaxPath ||
      !(grants.journal.path.empty() || grants.journal.path.front() == '/')) {
    return malformed_grants("the journal's path is impossible");
  }
  grants.logs.gid = in.u32();
  const std::size_t files = in.u16();
  if (files > kMaxLogFiles) return malformed_grants("more than 16 log files");
  for (std::size_t i = 0; i < files; ++i) {
    const std::string& path = grants.logs.paths.emplace_back(take_text(in));
    if (path.size() > kMaxPath || !path.starts_with('/')) {
      return malformed_grants("a log file's path is impossible");
    }
  }
  return {};
}

}  // namespace

std::vector<std::uint8_t> encode_grants(const Grants& grants) {
  ByteWriter out;
  out.u32(kMagic);
  put_text(out, grants.node);
  out.u32(grants.uid).u32(grants.gid);
  put_text(out, grants.user);
  put_duration(out, grants.heartbeat_limit);
  put_duration(out, grants.drain_timeout);
  put_text(out, grants.control.path);
  out.u32(grants.control.gid).u32(grants.control.mode);
  put_text(out, grants.journal.path);
  out.u64(grants.journal.max_bytes).u32(grants.journal.gid);
  out.u32(grants.logs.gid).u16(static_cast<std::uint16_t>(grants.logs.paths.size()));
  for (const std::string& path : grants.logs.paths) put_text(out, path);
  out.u16(static_cast<std::uint16_t>(grants.interfaces.size()));
  for (const auto& name : grants.interfaces) put_text(out, name);
  out.u16(static_cast<std::uint16_t>(grants.groups.size()));
  for (const auto& group : grants.groups) put_group(out, group);
  out.u16(static_cast<std::uint16_t>(grants.binds.size()));
  for (const auto& bind : grants.binds) {
    put_text(out, bind.unix_path);
    if (!bind.unix_path.empty()) continue;
    put_address(out, bind.endpoint.address);
    out.u16(bind.endpoint.port).u8(bind.freebind ? 1 : 0);
    out.u16(static_cast<std::uint16_t>(bind.interface));
  }
  out.u16(static_cast<std::uint16_t>(grants.targets.size()));
  for (const auto& target : grants.targets) put_target(out, target);
  put_scripts(out, grants);
  out.u16(static_cast<std::uint16_t>(grants.tls_files.size()));
  for (const auto& source : grants.tls_files) tls_files::put_source(out, source);
  return out.take();
}

base::Result<Grants> decode_grants(base::Bytes bytes) {
  ByteReader in(bytes);
  if (in.u32() != kMagic) return malformed_grants("not made by this version of hapair");
  Grants grants;
  if (auto process = take_process(in, grants); !process) return std::unexpected(process.error());

  const std::size_t interfaces = in.u16();
  if (interfaces > kMaxInterfaces) return malformed_grants("too many interfaces");
  for (std::size_t i = 0; i < interfaces; ++i) {
    grants.interfaces.push_back(take_text(in));
    if (grants.interfaces.back().empty() || grants.interfaces.back().size() > kMaxInterfaceName) {
      return malformed_grants("an interface name has 1 to 15 bytes");
    }
  }
  const std::size_t groups = in.u16();
  if (groups > kMaxGroups) return malformed_grants("more than 128 VIP groups");
  std::size_t addresses = 0;
  std::size_t routing = 0;
  for (std::size_t i = 0; i < groups; ++i) {
    auto group = take_group(in, interfaces);
    if (!group) return std::unexpected(group.error());
    addresses += group->addresses.size();
    routing += group->routes.size() + group->rules.size();
    grants.groups.push_back(std::move(*group));
  }
  if (addresses > kMaxAddresses) return malformed_grants("more than 1024 VIPs");
  if (routing > kMaxRouting) return malformed_grants("more than 256 routes and rules");
  const std::size_t binds = in.u16();
  if (binds > kMaxBinds) return malformed_grants("more than 1024 binds");
  for (std::size_t i = 0; i < binds; ++i) {
    auto bind = take_bind(in, interfaces);
    if (!bind) return std::unexpected(bind.error());
    grants.binds.push_back(std::move(*bind));
  }
  const std::size_t targets = in.u16();
  if (targets > kMaxTargets) return malformed_grants("more than 256 targets");
  for (std::size_t i = 0; i < targets; ++i) {
    auto target = take_target(in);
    if (!target) return malformed_grants("a target is impossible");
    grants.targets.push_back(std::move(*target));
  }
  if (auto scripts = take_scripts(in, grants); !scripts) return std::unexpected(scripts.error());
  const std::size_t tls_files = in.u16();
  if (tls_files > kMaxTlsFiles) return malformed_grants("more than 1024 files of TLS");
  for (std::size_t i = 0; i < tls_files && in.ok(); ++i) {
    grants.tls_files.push_back(tls_files::take_source(in));
  }
  if (!in.ok() || in.left() != 0) return malformed_grants("cut short or too long");
  return grants;
}

}  // namespace hapair::guardian
