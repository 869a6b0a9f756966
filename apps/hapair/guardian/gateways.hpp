// What of the gateways that are targets takes a privilege: sockets for echoes, which the worker
// gets, and having the kernel look for a neighbour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/interface_targets.hpp"
#include "apps/hapair/guardian/protocol.hpp"
#include "common/net/unique_fd.hpp"
#include "libvrrp/io/neighbours.hpp"

namespace hapair::guardian {

class Gateways {
 public:
  /// The grants outlive it. `neighbours` is absent only where no gateway needs it.
  Gateways(const Grants& grants, std::optional<vrrp::Neighbours> neighbours);

  /// Opens what Gateways needs for these grants.
  [[nodiscard]] static base::Result<Gateways> open(const Grants& grants);

  /// For a gateway by echo: a new socket, or why there can be none.
  struct News {
    std::uint16_t target = 0;
    net::UniqueFd socket;
    std::string fault;
  };
  /// For those whose interface has come, gone or been made anew since the last call.
  [[nodiscard]] std::vector<News> take_changes(const InterfaceTargets& links);
  /// A new worker has none of the sockets.
  void forget() { opened_.clear(); }

  /// One look at a gateway by neighbour; nullopt: there is no such target.
  [[nodiscard]] std::optional<TargetFound> check(const CheckTarget& request,
                                                 const InterfaceTargets& links);

 private:
  [[nodiscard]] News open_socket(std::size_t target, bool interface_is_there) const;
  [[nodiscard]] const GatewayTarget* gateway(std::size_t target, GatewayTarget::By by) const;

  const Grants& grants_;
  std::optional<vrrp::Neighbours> neighbours_;
  /// Of which interface each has its socket: 0 for none, or where none is named.
  std::map<std::size_t, std::uint32_t> opened_;
};

}  // namespace hapair::guardian
