#include "apps/hapair/guardian/duty_page.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace hapair::guardian {
namespace {

constexpr std::size_t kSize = 4096;
/// It can't be cut off under who reads it.
constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW;

}  // namespace

base::Result<DutyPage> DutyPage::create() {
  net::UniqueFd fd(::memfd_create("hapair-duty", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd || ::ftruncate(fd.get(), kSize) != 0 || ::fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) {
    return base::os_fail("duty page");
  }
  return share(std::move(fd));
}

base::Result<DutyPage> DutyPage::share(net::UniqueFd fd) {
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return base::os_fail("duty page");
  if (status.st_size < static_cast<off_t>(kSize)) return base::fail("that is no duty page");
  void* raw = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (raw == MAP_FAILED) return base::os_fail("duty page");
  return DutyPage(std::move(fd), static_cast<Word*>(raw));
}

DutyPage::~DutyPage() {
  if (word_ != nullptr) ::munmap(word_, kSize);
}

DutyPage::DutyPage(DutyPage&& other) noexcept
    : fd_(std::move(other.fd_)), word_(std::exchange(other.word_, nullptr)) {}

DutyPage& DutyPage::operator=(DutyPage&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(word_, other.word_);
  return *this;
}

}  // namespace hapair::guardian
