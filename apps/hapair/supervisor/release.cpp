// `hapair release`: what a hapair that was killed has left on this host goes, without another one
// being started for it. The unit does this when the service has ended, in whatever way.
#include <linux/capability.h>
#include <unistd.h>

#include <cerrno>
#include <ostream>

#include "apps/hapair/guardian/process_setup.hpp"
#include "apps/hapair/guardian/releaser.hpp"
#include "apps/hapair/supervisor/open_ledger.hpp"
#include "apps/hapair/supervisor/run.hpp"
#include "libvrrp/io/netlink.hpp"

namespace hapair::supervisor {

int release(const std::string& runtime_dir, base::Logger& log, std::ostream& out) {
  const auto refuse = [&log](std::string_view why, int code) {
    log.error("release-failed", "release", why);
    return code;
  };
  if (::access((runtime_dir + "/ledger").c_str(), F_OK) != 0 && errno == ENOENT) {
    out << "nothing to release: there is no ledger in " << runtime_dir << '\n';
    return 0;
  }
  if (!guardian::has_capability(CAP_NET_ADMIN) || !guardian::has_capability(CAP_NET_RAW)) {
    return refuse("hapair release needs root, or CAP_NET_ADMIN and CAP_NET_RAW at least",
                  kExitAccess);
  }
  auto netlink = vrrp::Netlink::open();
  if (!netlink) return refuse(netlink.error().message, kExitAccess);
  auto ledger = open_ledger(runtime_dir, log);
  if (!ledger) {
    const bool in_use = ledger.error().os_errno == EWOULDBLOCK;
    return refuse(in_use ? "hapair runs here: 'systemctl stop hapair' hands over in order"
                         : ledger.error().message,
                  in_use ? guardian::kExitFailed : kExitAccess);
  }
  const bool some = !ledger->held().empty() || !ledger->routing().empty() ||
                    !ledger->made().empty() || !ledger->changed().empty();
  guardian::Releaser releaser(*ledger, *netlink, log);
  releaser.silence();
  releaser.resign();
  const std::size_t released = releaser.remove();
  releaser.restore_settings();
  const bool left = !ledger->held().empty();
  out << (some ? "released what an earlier run left" : "nothing to release") << ": " << released
      << " addresses, routes and rules\n";
  return left ? guardian::kExitFailed : 0;
}

}  // namespace hapair::supervisor
