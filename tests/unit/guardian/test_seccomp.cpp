// What a confined process can and cannot do, tried in a child each.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <vector>

#include "apps/hapair/supervisor/seccomp.hpp"

namespace hapair::supervisor {
namespace {

enum Outcome : int { kDone = 0, kRefused = 1, kOtherError = 2, kNotConfined = 3 };

/// Runs `call` (negative: failed, with errno) in a confined child.
int confined(const std::function<long()>& call) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!confine_system_calls()) ::_exit(kNotConfined);
    if (call() >= 0) ::_exit(kDone);
    ::_exit(errno == EPERM ? kRefused : kOtherError);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST_CASE("TCP, UDP and Unix sockets can be made, with the kernel's flags") {
  for (const int family : {AF_INET, AF_INET6, AF_UNIX}) {
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
      CHECK(confined([=] { return ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }) ==
            kDone);
    }
  }
}

TEST_CASE("raw, packet, netlink and odd sockets cannot be made") {
  CHECK(confined([] { return ::socket(AF_INET, SOCK_RAW, 112); }) == kRefused);
  CHECK(confined([] { return ::socket(AF_PACKET, SOCK_RAW, 0); }) == kRefused);
  CHECK(confined([] { return ::socket(AF_NETLINK, SOCK_RAW, 0); }) == kRefused);
  CHECK(confined([] { return ::socket(AF_UNIX, SOCK_SEQPACKET, 0); }) == kRefused);
  CHECK(confined([] { return ::socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP); }) == kRefused);
}

TEST_CASE("socket options that make a forging tool are refused, the usual ones are not") {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  const auto set = [fd, on](int level, int option) {
    return confined([=] { return ::setsockopt(fd, level, option, &on, sizeof on); });
  };
  CHECK(set(IPPROTO_TCP, TCP_NODELAY) == kDone);
  CHECK(set(SOL_SOCKET, SO_REUSEADDR) == kDone);
  CHECK(set(IPPROTO_IP, IP_HDRINCL) == kRefused);
  CHECK(set(IPPROTO_IP, IP_TRANSPARENT) == kRefused);
  CHECK(set(SOL_SOCKET, SO_MARK) == kRefused);
  CHECK(set(SOL_SOCKET, SO_DETACH_FILTER) == kRefused);
  ::close(fd);
}

TEST_CASE("no file is opened, no program is run, no process is made") {
  CHECK(confined([] { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }) == kRefused);
  CHECK(confined([] { return ::execl("/bin/true", "true", nullptr); }) == kRefused);
  CHECK(confined([] { return ::fork(); }) == kRefused);
  CHECK(confined([] { return ::unlink("/nowhere"); }) == kRefused);
  CHECK(confined([] { return ::kill(::getppid(), 0); }) == kRefused);
}

TEST_CASE("no memory becomes executable") {
  const auto map = [](int protection) {
    return confined([protection] {
      void* memory = ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      return memory == MAP_FAILED ? -1L : 0L;
    });
  };
  CHECK(map(PROT_READ | PROT_WRITE) == kDone);
  CHECK(map(PROT_READ | PROT_EXEC) == kRefused);
}

TEST_CASE("what the loop and the library need goes on") {
  CHECK(confined([] { return ::epoll_create1(EPOLL_CLOEXEC); }) == kDone);
  CHECK(confined([] {
          std::vector<char> large(64 << 20, 'x');
          return large.back() == 'x' ? 0L : -1L;
        }) == kDone);
  CHECK(confined([]() -> long {
          std::signal(SIGABRT, SIG_DFL);  // the test framework's handler is not of interest
          std::abort();
        }) == -SIGABRT);
}

}  // namespace
}  // namespace hapair::supervisor
