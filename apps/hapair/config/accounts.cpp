#include "apps/hapair/config/accounts.hpp"

#include <grp.h>
#include <pwd.h>

#include <utility>

#include "apps/hapair/config/faults.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

constexpr std::size_t kLookupBuffer = 64 * 1024;

class Search {
 public:
  void user(std::string path, const std::string& name, std::string remedy) {
    if (find_user(name)) return;
    missing.push_back(
        {std::move(path), concat("this host has no user '", name, "'"), std::move(remedy)});
  }

  void group(std::string path, const std::string& name) {
    if (find_group(name)) return;
    missing.push_back({std::move(path), concat("this host has no group '", name, "'"),
                       concat("create it (groupadd --system ", name, ") or name another one")});
  }

  void runner(const std::string& of, const std::string& name) {
    user(join_path(of, "user"), name, "create it or name another one to run it as");
  }

  std::vector<MissingAccount> missing;
};

void look_at_process(const Process& process, Search& search) {
  if (!needs_stand_in(process)) {
    search.user("process.user", process.user, "create it (useradd --system) or name another one");
    search.group("process.group", process.group);
  }
  if (!process.write_group.empty()) search.group("process.write_group", process.write_group);
}

}  // namespace

std::optional<UserEntry> find_user(const std::string& name) {
  std::vector<char> buffer(kLookupBuffer);
  passwd entry{};
  passwd* found = nullptr;
  getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return std::nullopt;
  return UserEntry{found->pw_uid, found->pw_gid};
}

std::optional<std::uint32_t> find_group(const std::string& name) {
  std::vector<char> buffer(kLookupBuffer);
  struct group entry{};
  struct group* found = nullptr;
  getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return std::nullopt;
  return found->gr_gid;
}

bool needs_stand_in(const Process& process) {
  return process.user == Process().user && !find_user(process.user);
}

std::vector<MissingAccount> missing_accounts(const Draft& draft) {
  Search search;
  look_at_process(draft.process, search);
  for (const NotifyDraft* notify : notifies_of(draft)) search.runner(notify->path, notify->user);
  for (const TargetDraft& target : draft.targets) {
    const TargetType type = target.target.type;
    if (type == TargetType::kInterface || type == TargetType::kGateway) continue;
    search.runner(concat("targets.", target.target.name), target.user);
  }
  for (const AlertDraft& alert : draft.alerts) {
    if (!alert.command.words.empty()) search.runner(alert.path, alert.user);
  }
  for (const BackendDraft& backend : draft.backends) {
    if (!backend.check || backend.check->command.words.empty()) continue;
    const std::string& user = backend.check->service.user;
    search.runner(backend.check->path, user.empty() ? Script().user : user);
  }
  return std::move(search.missing);
}

}  // namespace hapair::config
