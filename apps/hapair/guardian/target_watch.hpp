// The guardian's part in the targets, as one: hears the kernel's events, answers the worker's
// checks, and tells what is found. Which results count, and what follows, is for the worker.
#pragma once

#include <memory>

#include "apps/hapair/guardian/gateways.hpp"
#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/interface_targets.hpp"
#include "apps/hapair/guardian/protocol.hpp"
#include "common/base/result.hpp"
#include "libvrrp/io/netlink.hpp"
#include "libvrrp/io/netlink_monitor.hpp"

namespace hapair::guardian {

/// Who passes on to the worker what is found.
class TargetSink {
 public:
  virtual void on_target_found(const TargetFound& found) = 0;
  virtual void on_echo_socket(const EchoSocket& which, int socket) = 0;

 protected:
  ~TargetSink() = default;
};

class TargetWatch {
 public:
  /// The grants outlive it. After the monitor stands, so that no event is missed.
  [[nodiscard]] static base::Result<TargetWatch> open(const Grants& grants);

  void on_event(const vrrp::NetlinkEvent& event, TargetSink& sink);
  /// A worker is ready and knows nothing yet.
  void tell_all(TargetSink& sink);
  /// False: there is no such target, or not one that is checked on request.
  [[nodiscard]] bool check(const CheckTarget& request, TargetSink& sink);

 private:
  TargetWatch(const Grants& grants, vrrp::Netlink netlink, Gateways gateways)
      : interfaces_(grants), gateways_(std::move(gateways)), netlink_(std::move(netlink)) {}

  void read_links();
  void tell_gateways(TargetSink& sink);

  InterfaceTargets interfaces_;
  Gateways gateways_;
  vrrp::Netlink netlink_;
};

}  // namespace hapair::guardian
