// Carries out on this host what GuardianCore decides for VIP groups: addresses by netlink, adverts
// and gratuitous ARP from the guardian's own sockets. Everything it changes stands in the ledger
// before it is done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "apps/hapair/guardian/address_range.hpp"
#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/ledger.hpp"
#include "apps/hapair/guardian/vip_leases.hpp"
#include "apps/hapair/guardian/virtual_links.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "libvrrp/io/advert_sender.hpp"
#include "libvrrp/io/frame_sender.hpp"
#include "libvrrp/io/hmac_authenticator.hpp"
#include "libvrrp/io/netlink.hpp"

namespace hapair::guardian {

class VipListener {
 public:
  /// A group's addresses are not on the interface although they should be.
  virtual void on_vip_lost(std::size_t group, std::string_view reason) = 0;
  /// An interface was removed and another made with its name.
  virtual void on_link_replaced(std::string_view name) = 0;

 protected:
  ~VipListener() = default;
};

class VipActuator {
 public:
  /// Finds the granted interfaces, takes off VIPs that an earlier run or a person left on the host,
  /// silences ARP for `lo`, opens the sockets and notes the resignations. All references must
  /// outlive it.
  [[nodiscard]] static base::Result<VipActuator> prepare(const Grants& grants, Ledger& ledger,
                                                         vrrp::Netlink& netlink, base::Logger& log);
  /// The same beside another hapair that goes on holding and advertising: nothing on this host and
  /// in the ledger changes before take_over().
  [[nodiscard]] static base::Result<VipActuator> prepare_beside(const Grants& grants,
                                                                Ledger& ledger,
                                                                vrrp::Netlink& netlink,
                                                                base::Logger& log);
  /// What the other had is this one's from here on.
  [[nodiscard]] base::Result<void> take_over();

  /// The same beside one of this process: nothing of what that one does changes. Never waits.
  [[nodiscard]] static base::Result<VipActuator> prepare_beside(const Grants& grants,
                                                                const VipActuator& running,
                                                                Ledger& ledger,
                                                                vrrp::Netlink& netlink,
                                                                base::Logger& log);
  /// This one in place of `running`: `places` has for each group its place there. Addresses that no
  /// group holds any more are taken off; those that have moved between groups stay. Cannot fail.
  void take_over(VipActuator& running, std::span<const std::optional<std::size_t>> places);
  /// Undoes what this one needed of the host and `other` does not.
  void undo(const VipActuator& other);

  /// Puts these addresses on, or renews the leases of those that are there.
  void put(std::span<const AddressRange> ranges, VipListener& listener);
  void silence(std::span<const std::size_t> groups);
  void remove(std::span<const std::size_t> groups);
  /// Priority 0 resigns.
  void advertise(std::size_t group, std::uint8_t priority, base::Duration interval);
  /// The group is a backup from here on: nobody need resign for it.
  void stop_adverts(std::size_t group);
  void announce(const AddressRange& range);
  /// False: the group has no such peer.
  [[nodiscard]] bool use_checksum(std::size_t group, std::size_t peer, vrrp::ChecksumForm form);

  /// The index of a granted interface on this host.
  [[nodiscard]] std::uint32_t link_of(std::size_t interface) const {
    return links_[interface].index;
  }
  /// The granted interface that is the link of this index; nullopt for others.
  [[nodiscard]] std::optional<std::size_t> interface_of(std::uint32_t link) const;
  /// The group that has this VIP on this link; nullopt for others.
  [[nodiscard]] std::optional<std::size_t> group_of(const vrrp::LinkAddress& address) const;
  /// The group that has this VIP, whatever link it is on; nullopt for other addresses.
  [[nodiscard]] std::optional<std::size_t> owner_of(const base::IpAddress& address) const;
  /// A VIP that another program has put on this host. False: it was not there any more.
  [[nodiscard]] bool take_off_stray(const vrrp::LinkAddress& address);
  /// A link that we have made for a group's virtual MAC address.
  [[nodiscard]] bool is_virtual(std::uint32_t link) const;
  /// A link has changed its MAC address, forwarding or the like.
  void on_link(std::size_t interface, const vrrp::Link& link) { links_[interface] = link; }
  [[nodiscard]] base::Result<std::vector<vrrp::Link>> read_links() { return netlink_.links(); }
  [[nodiscard]] const vrrp::Link& link(std::size_t interface) const { return links_[interface]; }

 private:
  struct Destination {
    base::IpAddress address;
    vrrp::ChecksumForm checksum = vrrp::ChecksumForm::kPseudoHeader;
  };

  struct Group {
    vrrp::AdvertSender sender;
    std::vector<Destination> destinations;
    std::vector<PlacedVip> vips;
    VirtualLinks virtual_links{};
    std::vector<bool> failing;  ///< of each VIP: it could not be put; the listener knows
    std::optional<vrrp::HmacAuthenticator> signer;
    std::uint64_t sequence = 0;  ///< the last one used
    bool noted = false;          ///< its addresses are in the ledger
    bool on_loopback = false;
    bool advertised = false;    ///< as the ledger has it
    bool send_failing = false;  ///< the log has it
  };

  VipActuator(const Grants& grants, Ledger& ledger, vrrp::Netlink& netlink, base::Logger& log,
              vrrp::FrameSender frames)
      : grants_(grants),
        ledger_(ledger),
        netlink_(netlink),
        log_(log),
        frames_(std::move(frames)) {}

  base::Result<void> find_links();
  [[nodiscard]] bool is_replaced(const vrrp::Link& link);
  base::Result<void> find_left_overs();
  [[nodiscard]] bool is_vip(const base::IpAddress& address) const;
  base::Result<void> quieten_arp();
  base::Result<void> open_groups(LinkOrigin origin, const VipActuator* running);
  base::Result<Group> open_group(const GroupGrant& grant, LinkOrigin origin,
                                 const VipActuator* running);
  base::Result<VirtualLinks> links_for(const GroupGrant& grant, LinkOrigin origin,
                                       const VipActuator* running);
  base::Result<void> take_off_left_overs();
  /// Those that stay on the host stay in the ledger. False: the kernel could not be asked.
  bool take_off(const std::vector<vrrp::LinkAddress>& addresses);
  [[nodiscard]] const vrrp::Link& link_of(std::size_t group, const PlacedVip& vip) const;
  /// What adverts leave by: the virtual MAC's link, where they go to all (RFC 9568, section 7.3).
  [[nodiscard]] const vrrp::Link& advert_link(const GroupGrant& grant,
                                              const VirtualLinks& made) const;
  base::Result<vrrp::AdvertSender> open_sender(const GroupGrant& grant, const VirtualLinks& made,
                                               bool waits);
  base::Result<void> note_all_resignations();
  base::Result<void> note_resignations(std::size_t group);
  [[nodiscard]] vrrp::Advert advert_of(std::size_t group, std::uint8_t priority,
                                       base::Duration interval) const;
  /// The packet for a destination: signed where the group signs.
  [[nodiscard]] std::vector<std::uint8_t> packet_of(std::size_t group, const vrrp::Advert& advert,
                                                    const Destination& destination);
  void renew_resignations(std::size_t group);
  void renew_resignation(std::size_t group, const Destination& destination);
  base::Result<void> note(std::size_t group, bool on_loopback);
  [[nodiscard]] std::vector<PlacedVip> vips_of(std::span<const AddressRange> ranges) const;
  [[nodiscard]] std::vector<vrrp::LinkAddress> addresses_of(
      std::span<const std::size_t> groups) const;
  base::Result<void> announce(std::size_t group, const PlacedVip& vip);

  const Grants& grants_;
  Ledger& ledger_;
  vrrp::Netlink& netlink_;
  base::Logger& log_;
  vrrp::FrameSender frames_;
  std::vector<vrrp::Link> links_;  ///< in the order of the granted interfaces
  std::vector<Group> groups_;
  std::vector<vrrp::LinkAddress> left_overs_;  ///< VIPs that were there before; not ours
};

}  // namespace hapair::guardian
