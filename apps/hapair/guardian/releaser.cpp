#include "apps/hapair/guardian/releaser.hpp"

#include <cerrno>
#include <cstring>
#include <vector>

#include "apps/hapair/guardian/vip_leases.hpp"
#include "common/base/text.hpp"
#include "libvrrp/io/advert_sender.hpp"

namespace hapair::guardian {

void Releaser::silence() {
  std::vector<HeldAddress> held = ledger_.held();
  if (held.empty()) return;
  for (HeldAddress& entry : held) entry.on_loopback = true;
  // Noted before it is done; the entries exist, so there is room for them.
  if (const auto noted = ledger_.note_held(held); !noted) {
    log_.error("release-failed", "", noted.error().message);
  }
  std::vector<vrrp::LinkAddress> addresses;
  for (const HeldAddress& entry : held) addresses.push_back(entry.address);
  if (const auto done = netlink_.apply(changes_to_silence(addresses)); !done) {
    log_.error("release-failed", "", done.error().message);
  }
}

void Releaser::resign() {
  for (const Resignation& entry : ledger_.resignations()) {
    if (!entry.advertising) continue;
    auto sender = vrrp::AdvertSender::open(entry.link, entry.link_name, entry.source,
                                           vrrp::SourceAt::kElsewhere);
    const auto sent = sender ? sender->send(entry.packet, entry.destination)
                             : base::Result<void>(std::unexpected(sender.error()));
    if (!sent) log_.error("release-failed", entry.link_name, sent.error().message);
    ledger_.set_advertising(entry.group, false);
  }
}

std::size_t Releaser::remove_routing() {
  const std::vector<vrrp::Routing> routing = ledger_.routing();
  if (routing.empty()) return 0;
  const auto done = netlink_.take_off(routing);
  if (!done) {
    log_.error("release-failed", "", done.error().message);
    return 0;
  }
  for (std::size_t i = 0; i < routing.size(); ++i) {
    if (vrrp::is_unrouted((*done)[i])) continue;
    log_.error("release-failed", to_string(routing[i]), std::strerror((*done)[i]));
  }
  ledger_.forget_routing(routing);
  return routing.size();
}

void Releaser::remove_links() {
  const std::vector<MadeLink> made = ledger_.made();
  if (made.empty()) return;
  const auto links = netlink_.links();
  if (!links) {
    log_.error("release-failed", "", links.error().message);
    return;
  }
  for (const MadeLink& entry : made) {
    for (const vrrp::Link& link : *links) {
      if (link.name != entry.name || link.mac != entry.mac) continue;
      const auto done = netlink_.remove_link(link.index);
      if (!done && done.error().os_errno != ENODEV) {
        log_.error("release-failed", entry.name, done.error().message);
      }
    }
    ledger_.forget_made(entry.name);
  }
}

std::size_t Releaser::remove() {
  const std::size_t count = remove_routing() + remove_addresses();
  remove_links();
  return count;
}

std::size_t Releaser::remove_addresses() {
  const std::vector<HeldAddress> held = ledger_.held();
  if (held.empty()) return 0;
  std::vector<vrrp::LinkAddress> addresses;
  for (const HeldAddress& entry : held) {
    addresses.push_back(entry.address);
    if (entry.on_loopback) addresses.push_back(on_loopback(entry.address));
  }
  const auto done = netlink_.apply(changes_to_remove(addresses));
  if (!done) {
    log_.error("release-failed", "", done.error().message);
    return 0;
  }
  std::vector<vrrp::LinkAddress> removed;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const int code = (*done)[i];
    if (is_removed(code)) {
      removed.push_back(addresses[i]);
    } else {
      log_.error("release-failed", addresses[i].prefix.to_string(), std::strerror(code));
    }
  }
  ledger_.forget_held(removed);
  return held.size();
}

void Releaser::restore_settings() {
  for (const ChangedLink& entry : ledger_.changed()) {
    const auto done = netlink_.set_arp_settings(entry.link, entry.before);
    if (!done && done.error().os_errno != ENODEV) {
      log_.error("release-failed", entry.link_name, done.error().message);
    }
    ledger_.forget_changed(entry.link);
  }
}

}  // namespace hapair::guardian
