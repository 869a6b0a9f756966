#include "apps/hapair/worker/memory_reserve.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <new>
#include <string_view>

namespace hapair::worker::memory_reserve {
namespace {

std::atomic<void*> reserve = nullptr;
std::atomic<bool> taken = false;

void on_no_memory() {
  if (void* const block = reserve.exchange(nullptr)) {
    taken = true;
    ::munmap(block, kSize);
    return;  // operator new tries again
  }
  constexpr std::string_view kLast =
      "hapair: out-of-memory: the worker finds no memory any more and ends; the guardian resigns "
      "for it. Raise the limit of memory, or lower process.max_memory or max_buffers\n";
  [[maybe_unused]] const ssize_t said = ::write(STDERR_FILENO, kLast.data(), kLast.size());
  ::_exit(kExitCode);
}

}  // namespace

void install() {
  (void)renew();
  std::set_new_handler(&on_no_memory);
}

bool spent() { return taken; }

bool renew() {
  if (reserve != nullptr) return true;
  // Not from operator new, whose handler this is; and its pages are there at once.
  void* const block = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (block == MAP_FAILED) return false;
  reserve = block;
  taken = false;
  return true;
}

}  // namespace hapair::worker::memory_reserve
