#include "apps/hapair/guardian/listeners.hpp"

#include <unistd.h>

#include <algorithm>

#include "common/base/text.hpp"
#include "common/net/socket.hpp"
#include "libvrrp/io/advert_sender.hpp"

namespace hapair::guardian {
namespace {

/// Who may connect to a frontend's Unix socket is for its directory to say.
constexpr std::uint32_t kFrontendSocketMode = 0666;

}  // namespace

base::Result<net::UniqueFd> Listeners::open_bind(std::uint16_t bind,
                                                 const VipActuator& links) const {
  const BindGrant& grant = grants_.binds[bind];
  if (!grant.unix_path.empty()) return net::listen_unix(grant.unix_path, kFrontendSocketMode);
  net::ListenOptions options{.freebind = grant.freebind};
  if (grant.endpoint.address.is_link_local()) options.scope = links.link_of(grant.interface);
  return net::bind_tcp(grant.endpoint, options);
}

bool Listeners::opened(int fd) const {
  const auto at = net::local_endpoint(fd);
  return at && std::ranges::find(grants_.binds, *at, &BindGrant::endpoint) != grants_.binds.end();
}

base::Result<net::UniqueFd> Listeners::open_control() const {
  const ControlGrant& grant = grants_.control;
  if (grant.path.empty()) return base::fail("open-control: there is no control socket");
  auto fd = net::listen_unix(grant.path, grant.mode);
  if (!fd) return fd;
  if (::chown(grant.path.c_str(), static_cast<uid_t>(-1), grant.gid) != 0) {
    return base::os_fail(base::concat("give ", grant.path, " to group ", grant.gid,
                                      " (without CAP_CHOWN, hapair must be in that group: "
                                      "SupplementaryGroups= of the unit)"));
  }
  return fd;
}

base::Result<net::UniqueFd> Listeners::open_vrrp_receive(const OpenVrrpReceive& request,
                                                         const VipActuator& links) const {
  return vrrp::open_advert_receiver(links.link_of(request.interface),
                                    grants_.interfaces[request.interface],
                                    request.ipv6 ? base::Family::kIpv6 : base::Family::kIpv4);
}

}  // namespace hapair::guardian
