#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "apps/hapair/guardian/process_setup.hpp"
#include "apps/hapair/guardian/refuse_network.hpp"

namespace hapair::guardian {
namespace {

enum class WithoutNetwork : int { kDone, kNoAccess, kOtherError, kNotConfined };

/// What becomes of `call` (negative: failed, with errno) in a child that has refused the network.
WithoutNetwork without_network(const std::function<long()>& call) {
  const auto end_with = [](WithoutNetwork how) { ::_exit(static_cast<int>(how)); };
  const pid_t child = ::fork();
  if (child == 0) {
    if (!keep_capabilities({}) || !refuse_network()) end_with(WithoutNetwork::kNotConfined);
    if (call() >= 0) end_with(WithoutNetwork::kDone);
    end_with(errno == EACCES ? WithoutNetwork::kNoAccess : WithoutNetwork::kOtherError);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return static_cast<WithoutNetwork>(WEXITSTATUS(status));
}

}  // namespace

TEST_CASE("who has refused the network makes no socket but a Unix one") {
  for (const int family : {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET}) {
    CAPTURE(family);
    CHECK(without_network([family] { return ::socket(family, SOCK_DGRAM, 0); }) ==
          WithoutNetwork::kNoAccess);
  }
  CHECK(without_network([] { return ::syscall(SYS_io_uring_setup, 1, nullptr); }) ==
        WithoutNetwork::kNoAccess);
  CHECK(without_network([] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }) == WithoutNetwork::kDone);
}

TEST_CASE("who has refused the network still reads files") {
  CHECK(without_network([] { return ::open("/etc/passwd", O_RDONLY); }) == WithoutNetwork::kDone);
}

}  // namespace hapair::guardian
