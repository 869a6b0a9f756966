#include "apps/hapair/guardian/vip_actuator.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "apps/hapair/guardian/vip_leases.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "libvrrp/core/arp.hpp"
#include "libvrrp/core/neighbour_advert.hpp"
#include "libvrrp/core/packet.hpp"

namespace hapair::guardian {
namespace {

/// A link-local address is tentative for a second or two after its interface has come up
/// (RFC 4862, section 5.4), and nothing can leave from it: at boot it is worth the wait.
constexpr base::Duration kTentativeLimit = std::chrono::seconds(3);
constexpr base::Duration kTentativePause = std::chrono::milliseconds(50);

/// Waits for a source address that is still tentative.
base::Result<vrrp::AdvertSender> open_in_time(const vrrp::Link& link,
                                              const base::IpAddress& source) {
  const base::Instant limit = event::now() + kTentativeLimit;
  while (true) {
    auto sender = vrrp::AdvertSender::open(link.index, link.name, source);
    if (sender || !source.is_link_local() || event::now() >= limit) return sender;
    std::this_thread::sleep_for(kTentativePause);
  }
}

std::string why_not_put(const PlacedVip& vip, const vrrp::Link& link, int code) {
  if (code != EACCES || vip.address.prefix.address.is_v4()) return std::strerror(code);
  return base::concat("IPv6 is switched off there; set net.ipv6.conf.", link.name,
                      ".disable_ipv6 to 0, or take the address out of the VIP");
}

/// arp_ignore 1, arp_announce 2: addresses on `lo` are neither answered for nor asked from.
constexpr vrrp::ArpSettings kQuietArp{.ignore = 1, .announce = 2};

}  // namespace

base::Result<VipActuator> VipActuator::prepare(const Grants& grants, Ledger& ledger,
                                               vrrp::Netlink& netlink, base::Logger& log) {
  auto frames = vrrp::FrameSender::open();
  if (!frames) return std::unexpected(frames.error());
  VipActuator actuator(grants, ledger, netlink, log, std::move(*frames));
  if (auto done = actuator.find_links(); !done) return std::unexpected(done.error());
  if (auto done = actuator.find_left_overs(); !done) return std::unexpected(done.error());
  if (auto done = actuator.take_off_left_overs(); !done) return std::unexpected(done.error());
  if (auto done = actuator.quieten_arp(); !done) return std::unexpected(done.error());
  ledger.clear_resignations();
  if (auto done = actuator.open_groups(LinkOrigin::kNew, nullptr); !done) {
    return std::unexpected(done.error());
  }
  if (auto noted = actuator.note_all_resignations(); !noted) {
    return std::unexpected(noted.error());
  }
  return actuator;
}

base::Result<VipActuator> VipActuator::prepare_beside(const Grants& grants, Ledger& ledger,
                                                      vrrp::Netlink& netlink, base::Logger& log) {
  auto frames = vrrp::FrameSender::open();
  if (!frames) return std::unexpected(frames.error());
  VipActuator actuator(grants, ledger, netlink, log, std::move(*frames));
  if (auto done = actuator.find_links(); !done) return std::unexpected(done.error());
  if (auto done = actuator.open_groups(LinkOrigin::kOfAnother, nullptr); !done) {
    return std::unexpected(done.error());
  }
  return actuator;
}

base::Result<void> VipActuator::take_over() {
  ledger_.clear_resignations();
  if (auto noted = note_all_resignations(); !noted) return noted;
  return quieten_arp();
}

base::Result<void> VipActuator::find_links() {
  const auto links = netlink_.links();
  if (!links) return std::unexpected(links.error());
  for (const std::string& name : grants_.interfaces) {
    const auto found = std::ranges::find(*links, name, &vrrp::Link::name);
    if (found == links->end()) {
      return base::fail(base::concat("interface ", name, " is not on this host; see `ip link`"));
    }
    if (!found->up) {
      log_.warning("interface-down", name, "the interface is down: VIPs on it cannot be reached");
    }
    links_.push_back(*found);
  }
  return {};
}

base::Result<void> VipActuator::find_left_overs() {
  const auto present = netlink_.addresses();
  if (!present) return std::unexpected(present.error());
  for (const vrrp::LinkAddress& address : *present) {
    if (is_vip(address.prefix.address)) left_overs_.push_back(address);
  }
  return {};
}

base::Result<void> VipActuator::take_off_left_overs() {
  const std::vector<vrrp::LinkAddress> left = std::exchange(left_overs_, {});
  const auto done = netlink_.apply(changes_to_remove(left));
  if (!done) return std::unexpected(done.error());
  for (std::size_t i = 0; i < left.size(); ++i) {
    const std::string vip = left[i].prefix.to_string();
    if (!is_removed((*done)[i])) {
      return base::os_fail(base::concat("take the left-over VIP ", vip, " off"), (*done)[i]);
    }
    log_.warning("vip-left-over", vip, "was on this host at start and has been taken off");
  }
  return {};
}

bool VipActuator::is_vip(const base::IpAddress& address) const {
  return owner_of(address).has_value();
}

std::optional<std::size_t> VipActuator::owner_of(const base::IpAddress& address) const {
  for (std::size_t index = 0; index < grants_.groups.size(); ++index) {
    const std::vector<VipGrant>& vips = grants_.groups[index].addresses;
    const auto has = [&](const VipGrant& vip) { return vip.prefix.address == address; };
    if (std::ranges::any_of(vips, has)) return index;
  }
  return std::nullopt;
}

bool VipActuator::take_off_stray(const vrrp::LinkAddress& address) {
  const auto done = netlink_.apply(changes_to_remove({&address, 1}));
  if (done && is_removed(done->front())) return done->front() == 0;
  log_.error("vip-remove-failed", address.prefix.to_string(),
             done ? std::strerror(done->front()) : done.error().message);
  return false;
}

base::Result<void> VipActuator::quieten_arp() {
  for (const vrrp::Link& link : links_) {
    const auto before = netlink_.arp_settings(link.index);
    if (!before) return std::unexpected(before.error().within(link.name));
    if (*before == kQuietArp) continue;
    if (auto noted = ledger_.note_changed({link.name, link.index, *before}); !noted) return noted;
    if (auto set = netlink_.set_arp_settings(link.index, kQuietArp); !set) {
      return std::unexpected(set.error().within(link.name));
    }
  }
  return {};
}

base::Result<void> VipActuator::open_groups(LinkOrigin origin, const VipActuator* running) {
  for (const GroupGrant& grant : grants_.groups) {
    auto group = open_group(grant, origin, running);
    if (!group) return std::unexpected(group.error().within(grant.name));
    groups_.push_back(std::move(*group));
  }
  return {};
}

base::Result<VipActuator::Group> VipActuator::open_group(const GroupGrant& grant, LinkOrigin origin,
                                                         const VipActuator* running) {
  auto virtual_links = links_for(grant, origin, running);
  if (!virtual_links) return std::unexpected(virtual_links.error());
  auto sender = open_sender(grant, *virtual_links, running == nullptr);
  if (!sender) return std::unexpected(sender.error());
  Group group{.sender = std::move(*sender),
              .destinations = {},
              .vips = {},
              .virtual_links = std::move(*virtual_links),
              .failing = {},
              .signer = {}};
  if (grant.sign_with) group.signer.emplace(*grant.sign_with);
  if (grant.unicast) {
    for (const base::IpAddress& peer : grant.peers) group.destinations.push_back({peer});
  } else {
    group.destinations.push_back({vrrp::multicast_group(grant.source.family())});
  }
  for (const VipGrant& vip : grant.addresses) {
    const bool on_virtual = has_virtual_mac(grant, vip);
    const vrrp::Link* made = group.virtual_links.of(vip.prefix.address.family());
    const vrrp::Link& link = on_virtual && made != nullptr ? *made : links_[vip.interface];
    group.vips.push_back({.address = {link.index, vip.prefix},
                          .interface = vip.interface,
                          .on_virtual = on_virtual,
                          .label = vip.label,
                          .scope = vip.scope});
  }
  group.failing.resize(group.vips.size());
  return group;
}

const vrrp::Link& VipActuator::advert_link(const GroupGrant& grant,
                                           const VirtualLinks& made) const {
  const vrrp::Link* link = grant.unicast ? nullptr : made.of(grant.source.family());
  return link != nullptr ? *link : links_[grant.interface];
}

base::Result<vrrp::AdvertSender> VipActuator::open_sender(const GroupGrant& grant,
                                                          const VirtualLinks& made, bool waits) {
  const vrrp::Link& below = links_[grant.interface];
  const vrrp::Link& link = advert_link(grant, made);
  auto sender = waits ? open_in_time(below, grant.source)
                      : vrrp::AdvertSender::open(below.index, below.name, grant.source);
  if (!sender || link.index == below.index) return sender;
  return vrrp::AdvertSender::open(link.index, link.name, grant.source, vrrp::SourceAt::kElsewhere);
}

const vrrp::Link& VipActuator::link_of(std::size_t group, const PlacedVip& vip) const {
  const vrrp::Link* made = groups_[group].virtual_links.of(vip.address.prefix.address.family());
  return vip.on_virtual && made != nullptr ? *made : links_[vip.interface];
}

bool VipActuator::is_virtual(std::uint32_t link) const {
  return std::ranges::any_of(groups_,
                             [link](const Group& group) { return group.virtual_links.has(link); });
}

base::Result<void> VipActuator::note_all_resignations() {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (auto noted = note_resignations(i); !noted) return noted;
  }
  return {};
}

base::Result<void> VipActuator::note_resignations(std::size_t index) {
  const GroupGrant& grant = grants_.groups[index];
  const vrrp::Link& link = advert_link(grant, groups_[index].virtual_links);
  const vrrp::Advert resignation = advert_of(index, 0, std::chrono::seconds(1));
  for (const Destination& destination : groups_[index].destinations) {
    auto noted = ledger_.add_resignation({.group = index,
                                          .advertising = false,
                                          .link_name = link.name,
                                          .link = link.index,
                                          .source = grant.source,
                                          .destination = destination.address,
                                          .packet = packet_of(index, resignation, destination)});
    if (!noted) return noted;
  }
  return {};
}

std::vector<std::uint8_t> VipActuator::packet_of(std::size_t index, const vrrp::Advert& advert,
                                                 const Destination& destination) {
  Group& group = groups_[index];
  const base::IpAddress& source = grants_.groups[index].source;
  auto message = vrrp::encode_advert(advert, source, destination.address, destination.checksum);
  if (!group.signer) return message;
  // By the clock, so that a restarted guardian goes on above what it used before; and always
  // above the last one, whatever the clock does.
  const auto clock = event::wall_now().time_since_epoch().count();
  group.sequence = std::max(group.sequence + 1, static_cast<std::uint64_t>(std::max(clock, {0})));
  return vrrp::sign_advert(message, source, destination.address, group.sequence, *group.signer);
}

/// The resignation that the supervisor would send for us must be newer than what we have sent.
void VipActuator::renew_resignations(std::size_t index) {
  if (!groups_[index].signer) return;
  for (const Destination& destination : groups_[index].destinations) {
    renew_resignation(index, destination);
  }
}

void VipActuator::renew_resignation(std::size_t index, const Destination& destination) {
  const vrrp::Advert resignation = advert_of(index, 0, std::chrono::seconds(1));
  ledger_.renew_resignation(index, destination.address, packet_of(index, resignation, destination));
}

bool VipActuator::use_checksum(std::size_t index, std::size_t peer, vrrp::ChecksumForm form) {
  if (peer >= groups_[index].destinations.size()) return false;
  Destination& destination = groups_[index].destinations[peer];
  if (std::exchange(destination.checksum, form) != form) renew_resignation(index, destination);
  return true;
}

vrrp::Advert VipActuator::advert_of(std::size_t group, std::uint8_t priority,
                                    base::Duration interval) const {
  const GroupGrant& grant = grants_.groups[group];
  vrrp::Advert advert{.version = grant.version,
                      .vrid = grant.router_id,
                      .priority = priority,
                      .interval = interval,
                      .addresses = {}};
  for (const VipGrant& vip : grant.addresses) {
    const base::IpAddress& address = vip.prefix.address;
    if (vip.advertised && address.family() == grant.source.family()) {
      // RFC 9568, section 5.2.9: a link-local one comes first.
      const bool first = address.is_link_local();
      advert.addresses.insert(first ? advert.addresses.begin() : advert.addresses.end(), address);
    }
  }
  if (grant.password) {
    advert.auth_type = vrrp::AuthType::kPassword;
    advert.auth = *grant.password;
  }
  return advert;
}

base::Result<void> VipActuator::note(std::size_t index, bool on_loopback) {
  Group& group = groups_[index];
  if (group.noted && group.on_loopback == on_loopback) return {};
  std::vector<HeldAddress> held;
  for (const PlacedVip& vip : group.vips) {
    held.push_back({link_of(index, vip).name, vip.address, on_loopback});
  }
  if (auto noted = ledger_.note_held(held); !noted) return noted;
  group.noted = true;
  group.on_loopback = on_loopback;
  return {};
}

std::optional<std::size_t> VipActuator::interface_of(std::uint32_t link) const {
  const auto found = std::ranges::find(links_, link, &vrrp::Link::index);
  if (found == links_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - links_.begin());
}

std::optional<std::size_t> VipActuator::group_of(const vrrp::LinkAddress& address) const {
  for (std::size_t index = 0; index < groups_.size(); ++index) {
    for (const PlacedVip& vip : groups_[index].vips) {
      if (vip.address == address) return index;
    }
  }
  return std::nullopt;
}

std::vector<PlacedVip> VipActuator::vips_of(std::span<const AddressRange> ranges) const {
  std::vector<PlacedVip> vips;
  for (const AddressRange& range : ranges) {
    const auto some = std::span(groups_[range.group].vips).subspan(range.first, range.count);
    vips.insert(vips.end(), some.begin(), some.end());
  }
  return vips;
}

std::vector<vrrp::LinkAddress> VipActuator::addresses_of(
    std::span<const std::size_t> groups) const {
  std::vector<vrrp::LinkAddress> addresses;
  for (const std::size_t index : groups) {
    for (const PlacedVip& vip : groups_[index].vips) addresses.push_back(vip.address);
  }
  return addresses;
}

void VipActuator::put(std::span<const AddressRange> ranges, VipListener& listener) {
  for (const AddressRange& range : ranges) {
    if (const auto noted = note(range.group, false); !noted) {
      log_.error("vip-put-failed", grants_.groups[range.group].name, noted.error().message);
      listener.on_vip_lost(range.group, noted.error().message);
      return;
    }
  }
  const auto done = netlink_.apply(changes_to_put(vips_of(ranges)));
  std::size_t next = 0;
  for (const auto& [index, first, count] : ranges) {
    Group& group = groups_[index];
    const bool was_failing = std::ranges::find(group.failing, true) != group.failing.end();
    std::string failure = done ? "" : done.error().message;
    for (std::size_t i = first; i < first + count; ++i) {
      const PlacedVip& vip = group.vips[i];
      const int code = done ? (*done)[next++] : 0;
      group.failing[i] = !done || code != 0;
      if (code == 0) continue;
      const vrrp::Link& link = link_of(index, vip);
      if (code == ENODEV && is_replaced(link)) return listener.on_link_replaced(link.name);
      failure = base::concat("put ", vip.address.prefix.to_string(), " on ", link.name, ": ",
                             why_not_put(vip, link, code));
    }
    if (failure.empty() || was_failing) continue;
    log_.error("vip-put-failed", grants_.groups[index].name, failure);
    listener.on_vip_lost(index, failure);
  }
}

bool VipActuator::is_replaced(const vrrp::Link& link) {
  const auto links = netlink_.links();
  return links && std::ranges::any_of(*links, [&link](const vrrp::Link& other) {
           return other.name == link.name && other.index != link.index;
         });
}

void VipActuator::silence(std::span<const std::size_t> groups) {
  for (const std::size_t index : groups) {
    if (const auto noted = note(index, true); !noted) {
      log_.error("vip-silence-failed", grants_.groups[index].name, noted.error().message);
    }
  }
  const auto addresses = addresses_of(groups);
  if (const auto done = netlink_.apply(changes_to_silence(addresses)); !done) {
    log_.error("vip-silence-failed", "", done.error().message);
  }
}

bool VipActuator::take_off(const std::vector<vrrp::LinkAddress>& addresses) {
  const auto done = netlink_.apply(changes_to_remove(addresses));
  if (!done) {
    log_.error("vip-remove-failed", "", done.error().message);
    return false;
  }
  std::vector<vrrp::LinkAddress> removed;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (is_removed((*done)[i])) {
      removed.push_back(addresses[i]);
    } else {
      log_.error("vip-remove-failed", addresses[i].prefix.to_string(), std::strerror((*done)[i]));
    }
  }
  ledger_.forget_held(removed);
  return true;
}

void VipActuator::remove(std::span<const std::size_t> groups) {
  std::vector<vrrp::LinkAddress> addresses = addresses_of(groups);
  for (const std::size_t index : groups) {
    if (!groups_[index].on_loopback) continue;
    for (const PlacedVip& vip : groups_[index].vips) addresses.push_back(on_loopback(vip.address));
  }
  if (!take_off(addresses)) return;
  for (const std::size_t index : groups) {
    groups_[index].noted = false;
    groups_[index].on_loopback = false;
    groups_[index].failing.assign(groups_[index].vips.size(), false);
  }
}

void VipActuator::advertise(std::size_t index, std::uint8_t priority, base::Duration interval) {
  Group& group = groups_[index];
  // Noted before the first advert and forgotten after the last: a crash in between resigns.
  if (priority != 0 && !std::exchange(group.advertised, true)) {
    ledger_.set_advertising(index, true);
  }
  const vrrp::Advert advert = advert_of(index, priority, interval);
  std::string failure;
  for (const Destination& destination : group.destinations) {
    const auto sent = group.sender.send(packet_of(index, advert, destination), destination.address);
    if (!sent && failure.empty()) failure = sent.error().message;
  }
  renew_resignations(index);
  if (priority == 0) stop_adverts(index);
  const bool was_failing = std::exchange(group.send_failing, !failure.empty());
  if (was_failing == group.send_failing) return;
  if (failure.empty()) {
    log_.info("advert-send-recovered", grants_.groups[index].name, "adverts go out again");
  } else {
    log_.error("advert-send-failed", grants_.groups[index].name, failure);
  }
}

void VipActuator::stop_adverts(std::size_t index) {
  if (std::exchange(groups_[index].advertised, false)) ledger_.set_advertising(index, false);
}

void VipActuator::announce(const AddressRange& range) {
  for (const PlacedVip& vip : vips_of(std::span(&range, 1))) {
    if (const auto sent = announce(range.group, vip); !sent) {
      log_.warning("announce-failed", grants_.groups[range.group].name, sent.error().message);
      return;
    }
  }
}

base::Result<void> VipActuator::announce(std::size_t group, const PlacedVip& vip) {
  const vrrp::Link& link = link_of(group, vip);
  if (link.mac == vrrp::MacAddress{}) return {};  // no Ethernet, nothing to announce
  const base::IpAddress& address = vip.address.prefix.address;
  if (address.is_v4()) return frames_.send(link.index, vrrp::gratuitous_arp(link.mac, address));
  return frames_.send(link.index, vrrp::unsolicited_neighbour_advert(
                                      link.mac, address, links_[vip.interface].forwards_ipv6));
}

}  // namespace hapair::guardian
