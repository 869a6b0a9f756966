#include "apps/hapair/supervisor/privileges.hpp"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "apps/hapair/guardian/process_setup.hpp"
#include "common/base/text.hpp"

namespace hapair::supervisor {
namespace {

base::Result<void> set_limits() {
  // A core file would hold requests of clients, and writing it would keep the sockets open.
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
  if (::setrlimit(RLIMIT_CORE, &no_core) != 0) return base::os_fail("limit of core files");
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return base::os_fail("limit of open files");
  files.rlim_cur = files.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) return base::os_fail("limit of open files");
  return {};
}

/// In a user namespace setgroups() may be forbidden; that does no harm where there is no group.
bool drop_groups() {
  if (::setgroups(0, nullptr) == 0) return true;
  return errno == EPERM && ::getgroups(0, nullptr) == 0;
}

base::Result<void> become(const Identity& identity) {
  const std::string what =
      base::concat("cannot become user ", identity.user, " (uid ", identity.uid, ")");
  if (!drop_groups() || ::setresgid(identity.gid, identity.gid, identity.gid) != 0 ||
      ::setresuid(identity.uid, identity.uid, identity.uid) != 0) {
    const int code = errno;
    if (code == EINVAL || code == EPERM) {
      return base::fail(base::concat(
          what, ": run hapair as root outside of a user namespace, or in one that maps this user"));
    }
    return base::os_fail(what, code);
  }
  return {};
}

}  // namespace

base::Result<void> drop_privileges(const Identity& identity) {
  if (auto limited = set_limits(); !limited) return limited;
  // The bounding set can only be cut while there are capabilities: the change of user drops them.
  if (auto became = guardian::cut_bounding_set({}); !became) return became;
  if (auto became = become(identity); !became) return became;
  if (auto kept = guardian::keep_capabilities({}); !kept) return kept;
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return base::os_fail("not dumpable");
  return {};
}

}  // namespace hapair::supervisor
