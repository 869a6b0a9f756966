#include "apps/hapair/guardian/refuse_network.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace hapair::guardian {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#elif defined(__riscv)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_RISCV64;
#elif defined(__powerpc64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_PPC64LE;
#elif defined(__s390x__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_S390X;
#else
#error "name this architecture as the kernel's audit does"
#endif

/// The numbers from here on are another ABI's on x86-64 (x32).
constexpr std::uint32_t kOtherAbi = 0x40000000;
constexpr std::uint32_t kRefused = SECCOMP_RET_ERRNO | EACCES;
constexpr std::uint32_t kLowHalf = std::endian::native == std::endian::big ? 4 : 0;

constexpr sock_filter load(std::size_t offset) {
  return {
      .code = BPF_LD | BPF_W | BPF_ABS, .jt = 0, .jf = 0, .k = static_cast<std::uint32_t>(offset)};
}

/// Goes on so many instructions behind the next one.
constexpr sock_filter jump(std::uint16_t how, std::uint32_t value, std::uint8_t where_so,
                           std::uint8_t otherwise) {
  return {.code = static_cast<std::uint16_t>(BPF_JMP | BPF_K | how),
          .jt = where_so,
          .jf = otherwise,
          .k = value};
}

constexpr sock_filter answer(std::uint32_t action) {
  return {.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = action};
}

}  // namespace

base::Result<void> refuse_network() {
  std::array program = {
      load(offsetof(seccomp_data, arch)),
      jump(BPF_JEQ, kArchitecture, 0, 7),
      load(offsetof(seccomp_data, nr)),
      jump(BPF_JGE, kOtherAbi, 5, 0),
      // It would make sockets that no filter sees.
      jump(BPF_JEQ, SYS_io_uring_setup, 4, 0),
      jump(BPF_JEQ, SYS_socket, 0, 2),
      load(offsetof(seccomp_data, args) + kLowHalf),
      // By these the name service asks its daemon.
      jump(BPF_JEQ, AF_UNIX, 0, 1),
      answer(SECCOMP_RET_ALLOW),
      answer(kRefused),
  };
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) != 0) {
    return base::os_fail("refuse sockets");
  }
  return {};
}

}  // namespace hapair::guardian
