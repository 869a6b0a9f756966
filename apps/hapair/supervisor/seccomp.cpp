#include "apps/hapair/supervisor/seccomp.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::supervisor {
namespace {

struct FilterDeleter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FilterDeleter>;

/// Allowed with any arguments: they act on descriptors and memory that the worker has.
constexpr std::array kPlain = {
    // Data
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(recvfrom),
    SCMP_SYS(sendto), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(recvmmsg), SCMP_SYS(sendmmsg),
    SCMP_SYS(splice), SCMP_SYS(pread64), SCMP_SYS(lseek),
    // Connections
    SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept4), SCMP_SYS(connect), SCMP_SYS(shutdown),
    SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(close),
    SCMP_SYS(pipe2), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
    // The loop
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(eventfd2),
    SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_gettime),
    // Time
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    // Memory, signals, ends
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
    // Itself
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(sched_yield),
    SCMP_SYS(uname), SCMP_SYS(sysinfo)};

/// IP_HDRINCL, SO_BINDTODEVICE, filters and memberships are not among them: with a raw socket from
/// the guardian they would make a forging tool.
constexpr std::array<std::pair<int, int>, 19> kSocketOptions = {{
    {SOL_SOCKET, SO_REUSEADDR},      {SOL_SOCKET, SO_KEEPALIVE},
    {SOL_SOCKET, SO_LINGER},         {SOL_SOCKET, SO_RCVBUF},
    {SOL_SOCKET, SO_SNDBUF},         {SOL_SOCKET, SO_TIMESTAMPNS},
    {IPPROTO_TCP, TCP_NODELAY},      {IPPROTO_TCP, TCP_CORK},
    {IPPROTO_TCP, TCP_KEEPIDLE},     {IPPROTO_TCP, TCP_KEEPINTVL},
    {IPPROTO_TCP, TCP_KEEPCNT},      {IPPROTO_TCP, TCP_USER_TIMEOUT},
    {IPPROTO_TCP, TCP_DEFER_ACCEPT}, {IPPROTO_TCP, TCP_NOTSENT_LOWAT},
    {IPPROTO_TCP, TCP_SYNCNT},       {IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT},
    {IPPROTO_IP, IP_FREEBIND},       {IPPROTO_IP, IP_MTU_DISCOVER},
    {IPPROTO_IPV6, IPV6_V6ONLY},
}};

constexpr std::uint64_t kSocketTypeMask = 0xf;  // below SOCK_NONBLOCK and SOCK_CLOEXEC

/// Collects rules; the first failure sticks.
class Rules {
 public:
  explicit Rules(scmp_filter_ctx filter) : filter_(filter) {}

  void allow(int call, std::initializer_list<scmp_arg_cmp> arguments = {}) {
    if (code_ != 0) return;
    code_ = seccomp_rule_add_array(filter_, SCMP_ACT_ALLOW, call,
                                   static_cast<unsigned>(arguments.size()), arguments.begin());
  }

  [[nodiscard]] int code() const { return code_; }

 private:
  scmp_filter_ctx filter_;
  int code_ = 0;
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
  return {.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}

scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

void allow_sockets(Rules& rules) {
  for (const int family : {AF_INET, AF_INET6, AF_UNIX}) {
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
      // Protocol 0 is TCP, UDP or Unix; any other, such as ICMP, needs a descriptor from outside.
      rules.allow(SCMP_SYS(socket),
                  {equals(0, static_cast<std::uint64_t>(family)),
                   masked(1, kSocketTypeMask, static_cast<std::uint64_t>(type)), equals(2, 0)});
    }
  }
  for (const auto& [level, option] : kSocketOptions) {
    rules.allow(SCMP_SYS(setsockopt), {equals(1, static_cast<std::uint64_t>(level)),
                                       equals(2, static_cast<std::uint64_t>(option))});
  }
}

/// Calls of which only some uses are allowed.
void allow_in_part(Rules& rules) {
  // No memory that is executable is ever made.
  rules.allow(SCMP_SYS(mmap), {masked(2, PROT_EXEC, 0)});
  rules.allow(SCMP_SYS(mprotect), {masked(2, PROT_EXEC, 0)});
  for (const int command : {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_SETPIPE_SZ, F_GETPIPE_SZ}) {
    rules.allow(SCMP_SYS(fcntl), {equals(1, static_cast<std::uint64_t>(command))});
  }
  for (const int command : {FIONREAD, FIONBIO}) {
    rules.allow(SCMP_SYS(ioctl), {equals(1, static_cast<std::uint64_t>(command))});
  }
  // Signals only to itself: abort() and raise().
  rules.allow(SCMP_SYS(tgkill), {equals(0, static_cast<std::uint64_t>(::getpid()))});
  // Reading limits, not setting them.
  rules.allow(SCMP_SYS(prlimit64), {equals(2, 0)});
  rules.allow(SCMP_SYS(prctl), {equals(0, PR_SET_NAME)});
}

}  // namespace

base::Result<void> confine_system_calls() {
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (!filter) return base::fail("seccomp: out of memory");
  Rules rules(filter.get());
  for (const int call : kPlain) rules.allow(call);
  allow_sockets(rules);
  allow_in_part(rules);
  if (rules.code() != 0) return base::os_fail("seccomp: rule", -rules.code());
  // The threads that are there already are confined, too.
  if (const int code = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1); code != 0) {
    return base::os_fail("seccomp: threads", -code);
  }
  if (const int code = seccomp_load(filter.get()); code != 0) {
    return base::os_fail("seccomp: load", -code);
  }
  return {};
}

}  // namespace hapair::supervisor
