// The last stage: what nobody has said a word of has the fate that the table of keywords tells;
// what the table does not know is a misspelt or misplaced word. Comments without a place go to the
// top.
#include <array>

#include "apps/hapair/import/keepalived/keyword_parts.hpp"
#include "apps/hapair/import/keepalived/server_checks.hpp"
#include "apps/hapair/import/keepalived/stages.hpp"
#include "apps/hapair/import/keepalived/words.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;

/// Blocks whose lines are no keywords, but addresses, names and the like.
constexpr std::array<std::string_view, 14> kLists{"virtual_ipaddress",
                                                  "virtual_ipaddress_excluded",
                                                  "unicast_peer",
                                                  "track_script",
                                                  "track_interface",
                                                  "track_process",
                                                  "track_file",
                                                  "track_bfd",
                                                  "virtual_routes",
                                                  "virtual_rules",
                                                  "group",
                                                  "notification_email",
                                                  "virtual_server_group",
                                                  "garp_group"};

/// What the lines inside a block of this name are looked up as.
std::string_view inside(std::string_view name) {
  return is_one_of(name, kChecks) ? std::string_view("check") : name;
}

class Sweep {
 public:
  explicit Sweep(Work& work) : work_(work) {}

  void run() {
    for (const NodeInput& node : work_.nodes) {
      for (const Statement& statement : node.root.block) look_at(statement, "top");
    }
    for (const VipInput& vip : work_.vips) {
      for (const Member& member : vip.members) {
        work_.carry_all(work_.config()["vips"][vip.name], *member.block);
      }
    }
    for (const NodeInput& node : work_.nodes) work_.carry_all(work_.config(), node.root);
    remove_empty("targets");
    remove_empty("vips");
  }

 private:
  void look_at(const Statement& statement, std::string_view where) {
    if (work_.settled.contains(statement.at)) return;
    follow_braces(statement);
    const Keyword* const keyword = find_keyword(where, statement.name());
    if (work_.account().fate(statement.at) == Fate::kOpen) {
      if (keyword == nullptr) return unknown(statement, where);
      tell(statement, *keyword);
    }
    if (keyword != nullptr &&
        (keyword->fate == Fate::kNotNeeded || keyword->fate == Fate::kNotSupported)) {
      return work_.settle(statement);
    }
    for (const Statement& inner : statement.block) {
      if (is_one_of(statement.name(), kLists)) {
        take_item(inner);
      } else {
        look_at(inner, inside(statement.name()));
      }
    }
  }

  void follow_braces(const Statement& statement) {
    for (const Place& brace : statement.braces) work_.account().same_as(brace, statement.at);
  }

  void take_item(const Statement& item) {
    follow_braces(item);
    if (work_.account().fate(item.at) == Fate::kOpen) work_.account().kept(item.at);
    for (const Statement& inner : item.block) take_item(inner);
  }

  void tell(const Statement& statement, const Keyword& keyword) {
    std::string text(keyword.text);
    switch (keyword.fate) {
      case Fate::kChanged:
        return work_.account().changed(statement.at, std::move(text));
      case Fate::kNotNeeded:
        return work_.account().not_needed(statement.at, std::move(text));
      case Fate::kNotSupported:
        return work_.account().not_supported(statement.at, std::move(text));
      case Fate::kOpen:
      case Fate::kBlank:
      case Fate::kComment:
      case Fate::kKept:
      case Fate::kWrong:
        return work_.account().kept(statement.at);
    }
  }

  void unknown(const Statement& statement, std::string_view where) {
    const std::string block = where == "top" ? std::string("the file") : concat("a block ", where);
    std::string what =
        concat("keepalived knows no \"", base::printable(statement.name()), "\" in ", block);
    std::vector<std::string_view> words;
    std::string_view elsewhere;
    for (const Keyword& each : keywords()) {
      if (each.where == where) words.push_back(each.word);
      if (each.word == statement.name()) elsewhere = each.where;
    }
    if (!elsewhere.empty()) {
      what += elsewhere == "top" ? "; it stands outside of all blocks"
                                 : concat("; it stands in ", elsewhere);
    } else if (const auto near = base::nearest_word(statement.name(), words)) {
      what += concat("; did you mean \"", *near, "\"?");
    }
    work_.account().wrong(statement.at, std::move(what), "it is left out, as keepalived does");
    work_.settle(statement);
  }

  void remove_empty(std::string_view key) {
    const JsonTree* const tree = work_.config().find(key);
    if (tree != nullptr && tree->empty()) work_.config().remove(key);
  }

  Work& work_;
};

}  // namespace

void sweep(Work& work) { Sweep(work).run(); }

}  // namespace hapair::importing::keepalived
