#include "apps/hapair/worker/memory_reserve.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

namespace hapair::worker::memory_reserve {
namespace {

std::atomic<void*> reserve = nullptr;

void on_no_memory() {
  if (void* const block = reserve.exchange(nullptr)) {
    std::free(block);
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

bool spent() { return reserve.load() == nullptr; }

bool renew() {
  if (!spent()) return true;
  void* const block = std::malloc(kSize);
  if (block == nullptr) return false;
  std::memset(block, 1, kSize);  // it is there only once it was written to
  reserve.store(block);
  return true;
}

}  // namespace hapair::worker::memory_reserve
