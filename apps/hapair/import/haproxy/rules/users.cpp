#include "apps/hapair/import/haproxy/rules/users.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;
using Names = std::set<std::string, std::less<>>;

void add_names(std::string_view list, Names& into) {
  for (const std::string_view each : base::split(list, ',')) into.emplace(base::trim(each));
}

/// Who is in one of the groups: by the groups' lines or their own.
Names members_of(const Section& list, const Names& groups) {
  Names out;
  for (const Line& line : list.lines) {
    if (line.words.size() < 2) continue;
    for (std::size_t i = 2; i + 1 < line.words.size(); ++i) {
      if (line.keyword() == "group" && line.word(i) == "users" && groups.contains(line.word(1))) {
        add_names(line.word(i + 1), out);
      }
      if (line.keyword() == "user" && line.word(i) == "groups") {
        Names own;
        add_names(line.word(i + 1), own);
        const auto wanted = [&groups](const std::string& each) { return groups.contains(each); };
        if (std::ranges::any_of(own, wanted)) out.emplace(line.word(1));
      }
    }
  }
  return out;
}

/// Lines "name:hash" of those users.
std::vector<std::string> lines_of(std::string_view text, const Names& users) {
  std::vector<std::string> out;
  for (const std::string_view line : base::split(text, '\n')) {
    if (users.contains(line.substr(0, line.find(':')))) out.emplace_back(line);
  }
  return out;
}

}  // namespace

base::Result<std::string> list_of_users(Model& model, std::string_view name) {
  const std::vector<std::string_view> parts = base::split(name, '\n');
  const std::string list = config_name(parts[0]);
  Draft& draft = model.context.draft;
  JsonTree* const lists = draft.config.find("users");
  const Section* const section = model.file.find(Kind::kUserlist, parts[0]);
  JsonTree* const known = lists == nullptr ? nullptr : lists->find(list);
  if (known == nullptr || section == nullptr) {
    return base::fail(concat("there is no list of users \"", base::printable(parts[0], 64),
                             "\" in the result; write one with hashes that hapair takes"));
  }
  if (parts.size() == 1) return list;
  Names groups;
  for (std::size_t i = 1; i < parts.size(); ++i) groups.emplace(parts[i]);
  const Names users = members_of(*section, groups);
  std::string joined = list;
  for (std::size_t i = 1; i < parts.size(); ++i) joined += concat("-", parts[i]);
  const std::string out = config_name(joined);
  if (lists->contains(out)) return out;
  std::vector<std::string> entries;
  std::string folder;
  if (const JsonTree* inline_entries = known->find("entries")) {
    for (const JsonTree& each : inline_entries->items()) {
      const auto lines = lines_of(*each.text(), users);
      entries.insert(entries.end(), lines.begin(), lines.end());
    }
  } else if (const JsonTree* file = known->find("file")) {
    const auto secret = std::ranges::find(draft.secrets, *file->text(), &SecretFile::path);
    if (secret != draft.secrets.end()) entries = lines_of(secret->text, users);
    folder = file->text()->substr(0, file->text()->rfind('/') + 1);
  }
  if (entries.empty()) {
    return base::fail(concat("nobody of \"", base::printable(parts[0], 64),
                             "\" with a hash that hapair takes is in such a group"));
  }
  JsonTree made;
  if (folder.empty()) {
    made["entries"] = JsonTree::list();
    for (const std::string& each : entries) made["entries"].add(each);
  } else {
    const std::string path = concat(folder, "users-", out);
    made["file"] = path;
    draft.secrets.push_back({path, base::join(entries, "\n") + "\n"});
  }
  (*lists)[out] = std::move(made);
  return out;
}

}  // namespace hapair::importing::haproxy
