#include "apps/hapair/guardian/refuse_network.hpp"

#include <seccomp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <memory>

namespace hapair::guardian {
namespace {

struct FilterDeleter {
  void operator()(void* filter) const { seccomp_release(filter); }
};

}  // namespace

base::Result<void> refuse_network() {
  constexpr std::uint32_t kRefused = SCMP_ACT_ERRNO(EACCES);
  const std::unique_ptr<void, FilterDeleter> filter(seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) return base::fail("refuse sockets: out of memory");
  const auto done = [](int code) -> base::Result<void> {
    if (code != 0) return base::os_fail("refuse sockets", -code);
    return {};
  };
  // Another ABI has other numbers for the same calls.
  auto result = done(seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, kRefused));
  // By Unix sockets the name service asks its daemon.
  const scmp_arg_cmp other_family{.arg = 0, .op = SCMP_CMP_NE, .datum_a = AF_UNIX, .datum_b = 0};
  if (result) {
    result =
        done(seccomp_rule_add_array(filter.get(), kRefused, SCMP_SYS(socket), 1, &other_family));
  }
  // It would make sockets that no filter sees.
  if (result) {
    result =
        done(seccomp_rule_add_array(filter.get(), kRefused, SCMP_SYS(io_uring_setup), 0, nullptr));
  }
  return result ? done(seccomp_load(filter.get())) : result;
}

}  // namespace hapair::guardian
