#include "apps/hapair/guardian/helper_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "apps/hapair/guardian/patient_fork.hpp"
#include "apps/hapair/guardian/process_setup.hpp"

namespace hapair::guardian {
namespace {

constexpr int kFinishMs = 500;

net::UniqueFd pidfd_of(pid_t process) {
  return net::UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
}

}  // namespace

base::Result<HelperProcess> HelperProcess::start(
    const std::function<int(net::SeqpacketChannel)>& run) {
  auto ends = net::SeqpacketChannel::pair();
  if (!ends) return std::unexpected(ends.error());
  const auto child = patient_fork();
  if (!child) return std::unexpected(child.error());
  if (*child == 0) {
    // The guardian's end of the channel to the supervisor above all would hide its death.
    auto kept = keep_only(std::move(ends->second));
    ::_exit(kept ? run(std::move(*kept)) : kExitFailed);
  }
  HelperProcess helper;
  helper.channel_ = std::move(ends->first);
  helper.process_ = *child;
  return helper;
}

HelperProcess::HelperProcess(HelperProcess&& other) noexcept
    : channel_(std::move(other.channel_)),
      process_(std::exchange(other.process_, -1)),
      watched_(std::move(other.watched_)) {}

HelperProcess& HelperProcess::operator=(HelperProcess&& other) noexcept {
  std::swap(channel_, other.channel_);
  std::swap(process_, other.process_);
  std::swap(watched_, other.watched_);
  return *this;
}

HelperProcess::~HelperProcess() {
  channel_.close();
  if (process_ >= 0) watched_ = pidfd_of(process_);
  if (!watched_) return;
  pollfd wait{.fd = watched_.get(), .events = POLLIN, .revents = 0};
  const bool ended = ::poll(&wait, 1, kFinishMs) > 0;
  if (ended && process_ >= 0) (void)::waitpid(process_, nullptr, WNOHANG);
}

HelperProcess HelperProcess::take_on(Handle handle) {
  HelperProcess helper;
  helper.channel_ = net::SeqpacketChannel(std::move(handle.channel));
  helper.watched_ = std::move(handle.process);
  return helper;
}

HelperProcess::Handle HelperProcess::hand_on() {
  Handle handle;
  if (channel_) {
    handle.channel = net::UniqueFd(::fcntl(channel_.fd(), F_DUPFD_CLOEXEC, 0));
    handle.process = pidfd_of(process_);
  }
  retire();
  return handle;
}

void HelperProcess::retire() {
  channel_.close();
  process_ = -1;
  watched_.reset();
}

base::Result<net::UniqueFd> HelperProcess::connect(base::Bytes message) {
  auto ends = net::SeqpacketChannel::pair();
  if (!ends) return std::unexpected(ends.error());
  if (auto sent = channel_.send(message, {ends->first.fd()}); !sent) {
    return std::unexpected(sent.error());
  }
  net::UniqueFd theirs(::fcntl(ends->second.fd(), F_DUPFD_CLOEXEC, 0));
  if (!theirs) return base::os_fail("dup");
  return theirs;
}

}  // namespace hapair::guardian
