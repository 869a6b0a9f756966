// Opens what the worker may ask for by number: bound sockets, the control socket, the sockets that
// receive adverts. The numbers come from the worker, checked by the guardian, everything else from
// the grants.
#pragma once

#include <cstdint>

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/protocol.hpp"
#include "apps/hapair/guardian/vip_actuator.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

class Listeners {
 public:
  explicit Listeners(const Grants& grants) : grants_(grants) {}

  [[nodiscard]] base::Result<net::UniqueFd> open_bind(std::uint16_t bind,
                                                      const VipActuator& links) const;
  /// It is bound where one of the binds is.
  [[nodiscard]] bool opened(int fd) const;
  [[nodiscard]] base::Result<net::UniqueFd> open_control() const;
  [[nodiscard]] base::Result<net::UniqueFd> open_vrrp_receive(const OpenVrrpReceive& request,
                                                              const VipActuator& links) const;

 private:
  const Grants& grants_;
};

}  // namespace hapair::guardian
