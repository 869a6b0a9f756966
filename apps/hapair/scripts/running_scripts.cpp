#include "apps/hapair/scripts/running_scripts.hpp"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace hapair::scripts {

base::Result<RunningScripts> RunningScripts::create() {
  void* raw =
      ::mmap(nullptr, sizeof(Slots), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) return base::os_fail("shared page");
  return RunningScripts(new (raw) Slots{});
}

RunningScripts::~RunningScripts() {
  if (slots_ != nullptr) ::munmap(slots_, sizeof(Slots));
}

RunningScripts::RunningScripts(RunningScripts&& other) noexcept
    : slots_(std::exchange(other.slots_, nullptr)) {}

RunningScripts& RunningScripts::operator=(RunningScripts&& other) noexcept {
  std::swap(slots_, other.slots_);
  return *this;
}

// One process writes, the other one reads once that has ended: a slot needs no lock.
void RunningScripts::add(pid_t group) {
  for (std::atomic<pid_t>& slot : *slots_) {
    if (slot != 0) continue;
    slot = group;
    return;
  }
}

void RunningScripts::remove(pid_t group) {
  for (std::atomic<pid_t>& slot : *slots_) {
    if (slot == group) slot = 0;
  }
}

void RunningScripts::clear() {
  for (std::atomic<pid_t>& slot : *slots_) slot = 0;
}

std::vector<pid_t> RunningScripts::groups() const {
  std::vector<pid_t> groups;
  for (const std::atomic<pid_t>& slot : *slots_) {
    // Never 0 or 1, which kill() would take for others than one group.
    if (const pid_t group = slot; group > 1) groups.push_back(group);
  }
  return groups;
}

}  // namespace hapair::scripts
