// `notify` of VIPs and sync groups: keepalived's notify scripts. What only starts or stops HAProxy
// is not needed: hapair balances whenever it has the VIP.
#include <algorithm>
#include <array>

#include "apps/hapair/import/keepalived/known_script.hpp"
#include "apps/hapair/import/keepalived/stages.hpp"
#include "apps/hapair/import/keepalived/users.hpp"
#include "apps/hapair/import/keepalived/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;

struct Event {
  std::string_view keyword;
  std::string_view key;
};
constexpr std::array<Event, 5> kEvents{{{"notify_master", "master"},
                                        {"notify_backup", "backup"},
                                        {"notify_fault", "fault"},
                                        {"notify_stop", "stop"},
                                        {"notify", "any"}}};

class Notify {
 public:
  explicit Notify(Work& work) : work_(work) {}

  void run() {
    for (const VipInput& vip : work_.vips) {
      for (const Member& member : vip.members) {
        write(work_.config()["vips"][vip.name], member.node, *member.block);
      }
    }
    for (std::size_t node = 0; node < work_.nodes.size(); ++node) {
      for (const Statement* const group : work_.nodes[node].root.all("vrrp_sync_group")) {
        const std::string name = config_name(group->word(1));
        JsonTree* const groups = work_.config().find("sync_groups");
        JsonTree* const out = groups == nullptr ? nullptr : groups->find(name);
        if (out != nullptr) write(*out, node, *group);
      }
    }
  }

 private:
  void write(JsonTree& owner, std::size_t node, const Statement& block) {
    for (const Event& event : kEvents) {
      const Statement* const line = block.last(event.keyword);
      if (line == nullptr) continue;
      const std::string command(line->word(1));
      if (base::trim(command).empty()) {
        work_.account().wrong(line->at, concat(event.keyword, " names no script"),
                              "nothing is run");
        continue;
      }
      if (is_of_proxy(command)) {
        work_.account().not_needed(line->at,
                                   "it starts or stops HAProxy; hapair takes its place, and serves "
                                   "whenever it has the VIP");
        continue;
      }
      write_line(owner, node, event, *line, command);
    }
  }

  [[nodiscard]] bool is_of_proxy(const std::string& command) const {
    const bool service = command.contains("systemctl") || command.contains("service ") ||
                         command.contains("/init.d/");
    return work_.replaces_haproxy() && service && command.contains("haproxy") &&
           !command.contains("&&") && !command.contains(';');
  }

  void write_line(JsonTree& owner, std::size_t node, const Event& event, const Statement& line,
                  const std::string& command) {
    JsonTree words = JsonTree::list();
    for (const std::string& word : command_words(command)) words.add(word);
    if (words.items().size() > 2 && words.items().back().text() != nullptr &&
        *words.items()[1].text() == "-c") {
      words.add("notify");  // $0 of the shell's line; what hapair adds is $1 to $4
    }
    JsonTree& notify = owner["notify"];
    if (const JsonTree* const known = notify.find(event.key)) {
      if (known->to_text() != words.to_text()) {
        work_.account().wrong(line.at,
                              concat("the nodes have different scripts for ", event.keyword),
                              "that of the first file, on all nodes");
      }
      return;
    }
    JsonTree& out = notify[event.key];
    out = std::move(words);
    work_.carry(out, line);
    write_user(notify, user_of(work_, node, line.words.size() > 2 ? &shifted(line) : nullptr),
               line);
    if (event.key != "any") {
      work_.account().changed(line.at,
                              concat("`notify.", event.key,
                                     "`; the script gets four more arguments: INSTANCE or GROUP, "
                                     "name, state, priority"));
    }
  }

  /// The statement's third word in second place, as user_of wants it.
  const Statement& shifted(const Statement& line) {
    shifted_ = Statement{.at = line.at, .words = {line.words.begin() + 1, line.words.end()}};
    return shifted_;
  }

  void write_user(JsonTree& notify, const std::string& user, const Statement& line) {
    const JsonTree* const known = notify.find("user");
    if (known == nullptr) {
      notify["user"] = user;
    } else if (known->text() != nullptr && *known->text() != user) {
      work_.account().changed(
          line.at, concat("runs as ", *known->text(), ": one user for all scripts of a VIP"));
    }
  }

  Work& work_;
  Statement shifted_;
};

}  // namespace

void write_notify(Work& work) { Notify(work).run(); }

}  // namespace hapair::importing::keepalived
