// Addresses, links and ARP settings through rtnetlink. Address changes go to the kernel
// in batches. Used by the guardian and, to release, by the supervisor;
// works where /proc/sys is read-only. libnl stays inside the .cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "libvrrp/core/arp.hpp"
#include "libvrrp/io/netlink_socket.hpp"
#include "libvrrp/io/routing.hpp"

struct nl_msg;
namespace hapair::vrrp {

/// The index of `lo` in every network namespace.
inline constexpr std::uint32_t kLoopbackIndex = 1;

struct Link {
  std::uint32_t index = 0;
  std::string name;
  MacAddress mac{};            ///< zeros where the link has no Ethernet address
  bool up = false;             ///< administratively
  bool carrier = false;        ///< up, and packets can pass
  bool forwards_ipv6 = false;  ///< it is a router's
};

struct LinkAddress {
  std::uint32_t link = 0;
  base::Prefix prefix;

  auto operator<=>(const LinkAddress&) const = default;
};

struct AddressChange {
  enum class Kind : std::uint8_t {
    kPut,  ///< add, or renew the lease of an address that is there
    kRemove,
  };
  Kind kind = Kind::kPut;
  LinkAddress address;
  /// Puts: the kernel removes the address unless it is renewed within this. Whole seconds.
  std::chrono::seconds lease{0};
  std::string label{};     ///< puts: up to 15 bytes, IPv4 only; empty: none
  std::uint8_t scope = 0;  ///< puts: as rtnetlink counts scopes; 0: global
};

/// The settings of an interface that keep ARP for an address on `lo` silent.
struct ArpSettings {
  std::uint32_t ignore = 0;    ///< arp_ignore; 1: answer only for the interface's own addresses
  std::uint32_t announce = 0;  ///< arp_announce; 2: never ask from another interface's address

  bool operator==(const ArpSettings&) const = default;
};

/// A route or rule that is there, and who has put it there (`proto` in `ip route`).
struct PresentRouting {
  Routing routing;
  std::uint8_t protocol = 0;
};

class Netlink {
 public:
  [[nodiscard]] static base::Result<Netlink> open();

  [[nodiscard]] base::Result<std::vector<Link>> links();
  [[nodiscard]] base::Result<std::vector<LinkAddress>> addresses();

  /// Makes all changes, in order, 64 in one batch. One errno for each (0: done); a failed change
  /// does not keep the others from being made. An error: the batch as a whole did not get through.
  [[nodiscard]] base::Result<std::vector<int>> apply(std::span<const AddressChange> changes);

  /// Both make all changes in order, as apply() does. What is put where something is already fails
  /// with EEXIST; what is taken off is ours.
  [[nodiscard]] base::Result<std::vector<int>> put(std::span<const Routing> routing);
  [[nodiscard]] base::Result<std::vector<int>> take_off(std::span<const Routing> routing);
  /// All that is ours.
  [[nodiscard]] base::Result<std::vector<Routing>> own_routing();
  /// What has the place of such a route or rule; nullopt: nothing.
  [[nodiscard]] base::Result<std::optional<PresentRouting>> in_place_of(const Routing& routing);

  /// A macvlan in bridge mode on another link, down.
  [[nodiscard]] base::Result<Link> make_macvlan(const std::string& name, std::uint32_t parent,
                                                const MacAddress& mac);
  /// Nothing leaves by it but ARP, VRRP and neighbour discovery, and no router gives it addresses
  /// or routes; for a link that is still down. Not every kernel can.
  [[nodiscard]] base::Result<void> guard_macvlan(std::uint32_t link);
  /// Answers ARP for its own addresses only, takes packets that are answered by another link, and
  /// goes up.
  [[nodiscard]] base::Result<void> start_macvlan(std::uint32_t link);
  [[nodiscard]] base::Result<void> remove_link(std::uint32_t link);

  [[nodiscard]] base::Result<ArpSettings> arp_settings(std::uint32_t link);
  [[nodiscard]] base::Result<void> set_arp_settings(std::uint32_t link, const ArpSettings& value);

 private:
  explicit Netlink(NetlinkSocket socket) : socket_(std::move(socket)) {}

  /// `message_of(i)` makes the i-th message of `count`.
  template <class MessageOf>
  base::Result<std::vector<int>> apply_all(std::size_t count, const MessageOf& message_of);
  template <class MessageOf>
  base::Result<void> apply_batch(std::size_t first, std::span<int> outcome,
                                 const MessageOf& message_of);
  std::uint32_t append(std::vector<std::uint8_t>& batch, nl_msg* message);
  base::Result<void> send(const std::vector<std::uint8_t>& batch);
  /// Receives until `visit` (given each message header) says that it has seen enough.
  template <class Visit>
  base::Result<void> receive(Visit&& visit);
  /// Sends it and waits for its acknowledgement; `what` is for the error.
  base::Result<void> acknowledged(nl_msg* request, std::string_view what);
  template <class Visit>
  base::Result<void> dump(int type, int family, Visit&& visit);
  template <class Visit>
  base::Result<void> dump(nl_msg* request, Visit&& visit);
  /// `protocol` 0: of all.
  template <class Visit>
  static base::Result<void> each_routing(base::Family family, std::uint8_t protocol, Visit&& visit);

  NetlinkSocket socket_;
  std::uint32_t sequence_ = 1;
};

}  // namespace hapair::vrrp
