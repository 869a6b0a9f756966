// `sync_groups`: instances that move together.
#include <algorithm>

#include "apps/hapair/import/keepalived/stages.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;

class Groups {
 public:
  explicit Groups(Work& work) : work_(work) {}

  void run() {
    for (const NodeInput& node : work_.nodes) {
      for (const Statement* const group : node.root.all("vrrp_sync_group")) take(*group);
    }
  }

 private:
  void take(const Statement& group) {
    const std::string name = config_name(group.word(1).empty() ? "group" : group.word(1));
    const Statement* const list = group.last("group");
    std::vector<std::string> members;
    if (list != nullptr) {
      for (const Statement& line : list->block) add_member(line, members);
    }
    if (work_.config().contains("sync_groups") && work_.config()["sync_groups"].contains(name)) {
      return;
    }
    if (members.size() < 2) {
      work_.account().changed(group.at,
                              "a group of fewer than two instances holds nothing together, and is "
                              "left out");
      return;
    }
    JsonTree& out = work_.config()["sync_groups"][name];
    work_.carry(out, group);
    out["members"] = JsonTree::list();
    for (const std::string& member : members) out["members"].add(member);
  }

  void add_member(const Statement& line, std::vector<std::string>& members) {
    for (const Word& word : line.words) {
      const std::string vip = vip_called(word.text);
      if (vip.empty()) {
        work_.account().wrong(line.at,
                              concat("there is no instance \"", base::printable(word.text), "\""),
                              "the group does without it");
        continue;
      }
      // The other node's file may have the group too.
      const auto [place, is_new] = taken_.try_emplace(vip, line.at.file);
      if (!is_new && place->second == line.at.file) {
        work_.account().wrong(line.at, concat(vip, " is in another group already"),
                              "the first one counts");
      } else {
        members.push_back(vip);
      }
    }
  }

  /// The VIP that an instance of that name is part of.
  [[nodiscard]] std::string vip_called(std::string_view name) const {
    for (const VipInput& vip : work_.vips) {
      for (const Member& member : vip.members) {
        if (member.block->word(1) == name) return vip.name;
      }
    }
    return {};
  }

  Work& work_;
  std::map<std::string, std::uint32_t> taken_;
};

}  // namespace

void write_groups(Work& work) { Groups(work).run(); }

}  // namespace hapair::importing::keepalived
