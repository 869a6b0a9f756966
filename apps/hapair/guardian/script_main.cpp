#include "apps/hapair/guardian/script_main.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apps/hapair/guardian/grants_scripts.hpp"
#include "apps/hapair/guardian/process_setup.hpp"
#include "apps/hapair/guardian/script_loop.hpp"
#include "apps/hapair/guardian/sealed_memory.hpp"

namespace hapair::guardian {
namespace {

constexpr int kExitFailed = 1;
constexpr int kChannelFd = 3;
constexpr std::size_t kMaxBytes = 4 * 1024 * 1024;

/// To become a script's user and to end it.
constexpr std::array kHostCapabilities = {CAP_SETUID, CAP_SETGID, CAP_KILL};

base::Result<net::SeqpacketChannel> keep_only(net::UniqueFd channel) {
  if (channel.get() != kChannelFd) {
    if (::dup3(channel.get(), kChannelFd, O_CLOEXEC) < 0) return base::os_fail("dup");
    channel = net::UniqueFd(kChannelFd);
  }
  if (::syscall(SYS_close_range, kChannelFd + 1, ~0U, 0) != 0) return base::os_fail("close_range");
  return net::SeqpacketChannel(std::move(channel));
}

/// A script of root's gets what the process that starts it has.
base::Result<void> drop_what_no_script_needs(const Grants& grants) {
  const bool runs_as_root = std::ranges::any_of(
      grants.scripts, [](const scripts::Script& script) { return script.uid == 0; });
  return runs_as_root ? base::Result<void>() : keep_capabilities(kHostCapabilities);
}

void set_up_signals() {
  // SIGTERM, and Ctrl-C that the terminal sends to all, are for the supervisor to act on.
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGPIPE}) {
    ::signal(signal, SIG_IGN);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

std::vector<std::uint8_t> encode_script_grants(const Grants& grants) {
  base::ByteWriter out;
  put_scripts(out, grants);
  return out.take();
}

base::Result<Grants> decode_script_grants(base::Bytes bytes) {
  base::ByteReader in(bytes);
  Grants grants;
  if (auto taken = take_scripts(in, grants); !taken) return std::unexpected(taken.error());
  if (!in.ok() || in.left() != 0) return base::fail("malformed grants of scripts");
  return grants;
}

int run_script_host(net::UniqueFd channel, net::UniqueFd granted, scripts::RunningScripts& running,
                    base::Logger& log) {
  ::prctl(PR_SET_NAME, "hapair-scripts", 0, 0, 0);
  set_up_signals();
  const auto failed = [&log](const base::Error& error) {
    log.error("scripts-unavailable", "scripts", error.message);
    return kExitFailed;
  };
  const auto bytes = read_sealed(granted.get(), kMaxBytes);
  if (!bytes) return failed(bytes.error());
  const auto grants = decode_script_grants(*bytes);
  if (!grants) return failed(grants.error());
  (void)granted.release();  // closed with the others
  auto kept = keep_only(std::move(channel));
  if (!kept) return failed(kept.error());
  if (const auto dropped = drop_what_no_script_needs(*grants); !dropped) {
    return failed(dropped.error());
  }
  ScriptLoop(std::move(*kept), *grants, running, log).run();
  return 0;
}

}  // namespace hapair::guardian
