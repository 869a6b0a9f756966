#include "apps/hapair/guardian/sealed_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/net/regular_file.hpp"

namespace hapair::guardian {
namespace {

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

}  // namespace

base::Result<net::UniqueFd> sealed_memory(const char* name, base::Bytes content) {
  net::UniqueFd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return base::os_fail("memfd");
  if (const auto done = net::write_whole(fd.get(), content, "memfd"); !done) {
    return std::unexpected(done.error());
  }
  if (::fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) return base::os_fail("memfd: seal");
  return fd;
}

base::Result<std::size_t> sealed_size(int fd, std::size_t limit) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return base::os_fail("memfd");
  if (::fcntl(fd, F_GET_SEALS) != kSeals) return base::fail("the memory is not sealed");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > limit) return base::fail("the configuration is too large");
  return size;
}

base::Result<std::vector<std::uint8_t>> read_sealed(int fd, std::size_t limit) {
  const auto size = sealed_size(fd, limit);
  if (!size) return std::unexpected(size.error());
  std::vector<std::uint8_t> bytes(*size);
  if (::pread(fd, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(*size)) {
    return base::os_fail("read the memory");
  }
  return bytes;
}

}  // namespace hapair::guardian
