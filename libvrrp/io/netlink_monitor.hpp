// Tells at once what others do to links and addresses: the kernel's own events, read without
// waiting. Used by the guardian, which puts a VIP back that somebody has taken off.
#pragma once

#include <variant>

#include "common/base/result.hpp"
#include "libvrrp/io/netlink.hpp"
#include "libvrrp/io/netlink_socket.hpp"

namespace hapair::vrrp {

struct AddressAdded {
  LinkAddress address;
};
struct AddressRemoved {
  LinkAddress address;
};
struct LinkChanged {
  Link link;
};
struct LinkRemoved {
  Link link;
};
/// A route or rule of ours was removed.
struct RoutingRemoved {
  Routing routing;
};
/// Events were lost (the socket's buffer was full): nothing known before holds.
struct EventsLost {};

using NetlinkEvent = std::variant<AddressAdded, AddressRemoved, LinkChanged, LinkRemoved,
                                  RoutingRemoved, EventsLost>;

class NetlinkEventSink {
 public:
  virtual void on_netlink_event(const NetlinkEvent& event) = 0;

 protected:
  ~NetlinkEventSink() = default;
};

class NetlinkMonitor {
 public:
  /// Messages read in one call of read().
  static constexpr int kBatch = 64;

  /// `routing`: of routes and rules too. Without need of it the guardian does not hear what routing
  /// daemons do.
  [[nodiscard]] static base::Result<NetlinkMonitor> open(bool routing = false);

  [[nodiscard]] int fd() const;
  /// Hands over what has come; never waits.
  void read(NetlinkEventSink& sink);

 private:
  explicit NetlinkMonitor(NetlinkSocket socket) : socket_(std::move(socket)) {}

  NetlinkSocket socket_;
};

}  // namespace hapair::vrrp
