// A libnl socket that closes itself. Without libnl's own headers, so that users need none.
#pragma once

#include <memory>

struct nl_sock;

namespace hapair::vrrp {

struct NetlinkSocketDeleter {
  void operator()(nl_sock* socket) const;
};
using NetlinkSocket = std::unique_ptr<nl_sock, NetlinkSocketDeleter>;

}  // namespace hapair::vrrp
