#include "apps/hapair/guardian/patient_fork.hpp"

#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace hapair::guardian {

base::Result<pid_t> patient_fork() {
  pid_t child = ::fork();
  for (const auto pause : kForkPauses) {
    if (child >= 0 || (errno != EAGAIN && errno != ENOMEM)) break;
    const timespec wait{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(pause).count()};
    ::nanosleep(&wait, nullptr);
    child = ::fork();
  }
  if (child < 0) {
    return base::os_fail(
        "fork (raise TasksMax= of the service, kernel.pid_max or the memory of this host)");
  }
  return child;
}

}  // namespace hapair::guardian
