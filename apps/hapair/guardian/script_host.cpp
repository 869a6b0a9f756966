#include "apps/hapair/guardian/script_host.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apps/hapair/guardian/process_setup.hpp"
#include "apps/hapair/guardian/script_loop.hpp"
#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::guardian {
namespace {

constexpr int kExitFailed = 1;
constexpr int kChannelFd = 3;
constexpr int kBeatMs = 10;
/// From the end of the channel to the end of the process, which kills what runs.
constexpr int kEndMs = 500;
/// For the ends of scripts to show, beyond their time and the grace.
constexpr base::Duration kFinishMargin = std::chrono::seconds(1);

/// To become a script's user and to end it.
constexpr std::array kHostCapabilities = {CAP_SETUID, CAP_SETGID, CAP_KILL};

/// The host's main function.
int host(net::SeqpacketChannel guardian, const Grants& grants, base::Logger& log) {
  ::prctl(PR_SET_NAME, "hapair-scripts", 0, 0, 0);
  // A script of root's gets what the process that starts it has.
  const bool runs_as_root = std::ranges::any_of(
      grants.scripts, [](const scripts::Script& script) { return script.uid == 0; });
  if (!runs_as_root) {
    if (const auto kept = keep_capabilities(kHostCapabilities); !kept) {
      log.error("scripts-unavailable", "guardian", kept.error().message);
      return kExitFailed;
    }
  }
  ScriptLoop(std::move(guardian), grants, log).run();
  return 0;
}

net::UniqueFd open_process(pid_t process) {
  return net::UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
}

}  // namespace

ScriptHost ScriptHost::start(const Grants& grants, base::Logger& log) {
  ScriptHost script_host;
  if (grants.scripts.empty()) return script_host;
  auto ends = net::SeqpacketChannel::pair();
  if (!ends) {
    log.error("scripts-unavailable", "guardian", ends.error().message);
    return script_host;
  }
  const pid_t child = ::fork();
  if (child < 0) {
    log.error("scripts-unavailable", "guardian", base::os_fail("fork").error().message);
    return script_host;
  }
  if (child == 0) {
    // Of the guardian's descriptors it keeps one; above all not the channel to the supervisor.
    if (::dup3(ends->second.fd(), kChannelFd, O_CLOEXEC) < 0 && ends->second.fd() != kChannelFd) {
      ::_exit(kExitFailed);
    }
    if (::syscall(SYS_close_range, kChannelFd + 1, ~0U, 0) != 0) ::_exit(kExitFailed);
    ::_exit(host(net::SeqpacketChannel(net::UniqueFd(kChannelFd)), grants, log));
  }
  script_host.channel_ = std::move(ends->first);
  script_host.process_ = child;
  return script_host;
}

ScriptHost::ScriptHost(ScriptHost&& other) noexcept
    : channel_(std::move(other.channel_)), process_(std::exchange(other.process_, -1)) {}

ScriptHost& ScriptHost::operator=(ScriptHost&& other) noexcept {
  std::swap(channel_, other.channel_);
  std::swap(process_, other.process_);
  return *this;
}

ScriptHost::~ScriptHost() {
  channel_.close();
  if (process_ < 0) return;
  const net::UniqueFd process = open_process(process_);
  pollfd wait{.fd = process.get(), .events = POLLIN, .revents = 0};
  if (::poll(&wait, 1, kEndMs) > 0) (void)::waitpid(process_, nullptr, WNOHANG);
}

base::Result<net::UniqueFd> ScriptHost::connect() {
  if (!channel_) return base::fail("open-scripts: no scripts are run");
  auto ends = net::SeqpacketChannel::pair();
  if (!ends) return std::unexpected(ends.error());
  const std::array<std::uint8_t, 1> serve = {ScriptLoop::kServeWorker};
  if (auto sent = channel_.send(serve, {ends->first.fd()}); !sent) {
    return std::unexpected(sent.error().within("open-scripts"));
  }
  net::UniqueFd theirs(::fcntl(ends->second.fd(), F_DUPFD_CLOEXEC, 0));
  if (!theirs) return base::os_fail("open-scripts");
  return theirs;
}

void ScriptHost::finish(base::Duration time, const std::function<void()>& beat) {
  if (process_ < 0) return;
  base::ByteWriter order;
  order.u8(ScriptLoop::kFinish);
  order.u32(static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time).count()));
  if (!channel_.send(order.view())) return;
  const net::UniqueFd process = open_process(process_);
  const base::Instant give_up = event::now() + time + scripts::KillLadder::kGrace + kFinishMargin;
  while (event::now() < give_up) {
    beat();
    pollfd wait{.fd = process.get(), .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, kBeatMs) != 0) return;
  }
}

base::Duration ScriptHost::longest_finish(const Grants& grants) {
  if (grants.notifies.empty()) return base::Duration::zero();
  return kFinishTime + scripts::KillLadder::kGrace + kFinishMargin;
}

}  // namespace hapair::guardian
