#include "apps/hapair/supervisor/run.hpp"

#include <linux/capability.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "apps/hapair/guardian/ledger.hpp"
#include "apps/hapair/guardian/process_setup.hpp"
#include "apps/hapair/supervisor/open_ledger.hpp"
#include "apps/hapair/supervisor/supervisor.hpp"
#include "apps/hapair/supervisor/watchdog.hpp"
#include "common/base/text.hpp"
#include "libvrrp/io/netlink.hpp"

namespace hapair::supervisor {
namespace {

/// What guardian, config reader and worker need between them, since they inherit from here.
constexpr std::array kSupervisorCapabilities = {
    CAP_NET_ADMIN, CAP_NET_RAW,      CAP_NET_BIND_SERVICE, CAP_CHOWN,
    CAP_KILL,      CAP_DAC_OVERRIDE, CAP_SETUID,           CAP_DAC_READ_SEARCH,
    CAP_SETGID,    CAP_SETPCAP,      CAP_SYS_NICE,         CAP_IPC_LOCK};

base::Result<net::UniqueFd> watch_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&set, signal);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return base::os_fail("signals");
  net::UniqueFd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return base::os_fail("signals");
  ::signal(SIGPIPE, SIG_IGN);
  return fd;
}

base::Result<void> make_runtime_dir(const std::string& path) {
  // Whatever the umask says: the control socket in it decides who may connect.
  const bool made = ::mkdir(path.c_str(), 0755) == 0;
  if (made ? ::chmod(path.c_str(), 0755) != 0 : errno != EEXIST) {
    return base::os_fail(base::concat("make ", path));
  }
  return {};
}

base::Result<vrrp::Netlink> open_privileged(base::Logger& log) {
  if (!guardian::has_capability(CAP_NET_ADMIN) || !guardian::has_capability(CAP_NET_RAW)) {
    return base::fail("hapair run needs root, or CAP_NET_ADMIN and CAP_NET_RAW at least");
  }
  if (const auto kept = guardian::keep_capabilities(kSupervisorCapabilities); !kept) {
    log.warning("supervisor-capabilities", "supervisor", kept.error().message);
  }
  return vrrp::Netlink::open();
}

}  // namespace

int run(const RunOptions& options, guardian::ConfigSource& config, WorkerMain worker_main,
        base::Logger& log) {
  const auto refuse = [&log](const base::Error& error, int code) {
    log.error("start-failed", "supervisor", error.message);
    return code;
  };
  const Watchdog watchdog(options.watchdog);
  auto netlink = open_privileged(log);
  if (!netlink) return refuse(netlink.error(), kExitAccess);
  if (options.successor >= 0) {
    auto inheritance = accept_offer(net::UniqueFd(options.successor));
    if (!inheritance) return refuse(inheritance.error(), guardian::kExitFailed);
    auto signals = watch_signals();
    if (!signals) return refuse(signals.error(), guardian::kExitFailed);
    Supervisor supervisor(config, worker_main, log, std::move(inheritance->ledger),
                          std::move(*netlink), std::move(*signals), options.invocation, watchdog);
    supervisor.inherit(std::move(*inheritance));
    return supervisor.run();
  }
  const auto made = make_runtime_dir(options.runtime_dir);
  if (!made) return refuse(made.error(), kExitAccess);
  auto ledger = open_ledger(options.runtime_dir, log);
  if (!ledger) {
    const bool access = ledger.error().os_errno != 0 && ledger.error().os_errno != EWOULDBLOCK;
    return refuse(ledger.error(), access ? kExitAccess : guardian::kExitFailed);
  }
  auto signals = watch_signals();
  if (!signals) return refuse(signals.error(), guardian::kExitFailed);
  Supervisor supervisor(config, worker_main, log, std::move(*ledger), std::move(*netlink),
                        std::move(*signals), options.invocation, watchdog);
  return supervisor.run();
}

}  // namespace hapair::supervisor
