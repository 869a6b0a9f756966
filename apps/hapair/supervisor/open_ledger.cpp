#include "apps/hapair/supervisor/open_ledger.hpp"

#include <cerrno>
#include <chrono>
#include <ctime>

#include "common/base/text.hpp"
#include "common/base/time.hpp"
#include "common/event/clock.hpp"

namespace hapair::supervisor {
namespace {

constexpr base::Duration kPatience = std::chrono::seconds(4);
constexpr base::Duration kRetry = std::chrono::milliseconds(100);

}  // namespace

base::Result<guardian::Ledger> open_ledger(const std::string& runtime_dir, base::Logger& log) {
  const std::string path = runtime_dir + "/ledger";
  const base::Instant give_up = event::now() + kPatience;
  while (true) {
    auto ledger = guardian::Ledger::open(path);
    if (ledger || ledger.error().os_errno != EWOULDBLOCK || event::now() >= give_up) {
      if (ledger && ledger->origin() == guardian::Ledger::Origin::kUnusable) {
        log.warning("ledger-unusable", "supervisor",
                    base::concat(path, " was not a ledger of this version; started a new one"));
      }
      return ledger;
    }
    const timespec pause{.tv_sec = 0, .tv_nsec = kRetry.count()};
    ::nanosleep(&pause, nullptr);
  }
}

}  // namespace hapair::supervisor
