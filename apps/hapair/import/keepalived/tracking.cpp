// `targets` and the `track` of VIPs: scripts, interfaces and processes that keepalived tracks. What
// only asks whether the proxy lives is not needed: hapair is the proxy, and watches itself.
#include <algorithm>

#include "apps/hapair/import/keepalived/free_key.hpp"
#include "apps/hapair/import/keepalived/known_script.hpp"
#include "apps/hapair/import/keepalived/stages.hpp"
#include "apps/hapair/import/keepalived/users.hpp"
#include "apps/hapair/import/keepalived/values.hpp"
#include "apps/hapair/import/keepalived/vip_addresses.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;

constexpr std::int64_t kMaxWeight = 253;

/// What a tracked thing is in the config.
struct Tracked {
  std::string target{};  ///< empty: hapair needs none
  std::optional<std::int64_t> weight{};
  std::vector<const Statement*> weight_lines{};  ///< of all nodes that say so
};

class Tracking {
 public:
  explicit Tracking(Work& work) : work_(work) {}

  void run() {
    for (std::size_t node = 0; node < work_.nodes.size(); ++node) define_all(node);
    for (VipInput& vip : work_.vips) track(vip);
    for (const auto& [name, tracked] : scripts_) tell_unused(name, tracked);
  }

 private:
  // --- definitions ---

  void define_all(std::size_t node) {
    for (const Statement* const block : work_.nodes[node].root.all("vrrp_script")) {
      define_script(node, *block);
    }
    for (const Statement* const block : work_.nodes[node].root.all("vrrp_track_process")) {
      define_process(*block);
    }
  }

  void define_script(std::size_t node, const Statement& block) {
    const std::string name(block.word(1));
    const Statement* const line = block.last("script");
    if (line == nullptr || line->words.size() < 2) {
      work_.account().undecided(block.at, concat("vrrp_script ", name, " has no script"),
                                "give it one, or take it out");
      work_.settle(block);
      return;
    }
    std::vector<std::string> words;
    for (std::size_t i = 1; i < line->words.size(); ++i) words.push_back(line->words[i].text);
    const std::string command = base::join(words, " ");
    const std::string text = text_of(command);
    const KnownScript known = recognise(text.empty() ? command : text);
    if (is_of_proxy(known, command, text)) return leave_out(name, block, known, command, text);
    Tracked& tracked = scripts_.try_emplace(name).first->second;
    take_weight(tracked, block);
    if (!tracked.target.empty()) return compare(name, block, *line, command);
    tracked.target = free_name(name);
    commands_[name] = command;
    JsonTree& out = work_.config()["targets"][tracked.target];
    work_.carry(out, block);
    if (known.kind == KnownScript::Kind::kProcess && text.empty()) {
      out["type"] = "process";
      out["name"] = known.process;
      work_.account().changed(line->at,
                              concat("hapair looks for the process \"", known.process,
                                     "\" by itself (a target of type process); no script runs"));
    } else {
      write_script(node, out, block, *line, command, known, !text.empty());
    }
    write_timing(out, block);
  }

  /// The text of a script's file, as far as it can be read; empty otherwise.
  std::string text_of(const std::string& command) {
    constexpr std::size_t kMost = 64U * 1024;
    std::string_view rest = command;
    while (!rest.empty()) {
      const std::string_view word = base::take_part(rest, ' ');
      const bool shell = word.ends_with("/sh") || word.ends_with("/bash") || word == "sh" ||
                         word == "bash" || word.empty();
      if (shell) continue;
      if (!word.starts_with('/')) return {};
      auto text = work_.context.files.read(std::string(word), kMost);
      return text && text->starts_with("#!") ? *std::move(text) : std::string();
    }
    return {};
  }

  [[nodiscard]] bool is_of_proxy(const KnownScript& known, const std::string& command,
                                 const std::string& text) const {
    if (!work_.replaces_haproxy()) return false;
    switch (known.kind) {
      case KnownScript::Kind::kProcess:
        return known.process.contains("haproxy");
      case KnownScript::Kind::kLocalRequest:
      case KnownScript::Kind::kProxySocket:
        return true;
      case KnownScript::Kind::kOther:
        return text.empty() && base::ascii_lowered(command).contains("haproxy");
    }
    return false;
  }

  void leave_out(const std::string& name, const Statement& block, const KnownScript& known,
                 const std::string& command, const std::string& text) {
    scripts_.try_emplace(name).first->second.target.clear();
    std::string why;
    if (known.kind == KnownScript::Kind::kOther) {
      why =
          concat("by its name \"", base::printable(command),
                 "\" looks after HAProxy, whose place hapair takes: hapair's processes watch each "
                 "other, and one that dies gives the VIP away within milliseconds. See whether "
                 "the script does more");
    } else if (known.kind == KnownScript::Kind::kProcess) {
      why = concat(
          "it asks whether HAProxy runs; hapair takes its place, its processes watch each "
          "other, and one that dies gives the VIP away within milliseconds",
          known.stops_keepalived || known.starts_process
              ? "; nothing needs to be started or stopped by a script"
              : "");
    } else {
      why =
          "it asks whether the proxy on this host answers; hapair is the proxy now, its loop is "
          "watched by its heartbeat, and backends count for the election with `track`";
    }
    if (!text.empty()) why += concat(" (so the text of ", base::printable(command), " says)");
    work_.account().not_needed(block.at, why);
    const std::string more = text.empty() ? what_else(command) : std::string();
    if (more.empty()) return work_.settle(block);
    work_.account().undecided(
        block.at, concat("beside HAProxy the script looks at more: ", base::printable(more)),
        "make that a vrrp_script of its own; the import leaves it out");
    work_.settle(block);
  }

  /// The first command between && and ; that asks for something else than the proxy; empty: none.
  static std::string what_else(const std::string& command) {
    std::string_view rest = command;
    while (!rest.empty()) {
      std::string_view part = rest.substr(0, std::min(rest.find("&&"), rest.find(';')));
      rest.remove_prefix(part.size());
      while (rest.starts_with('&') || rest.starts_with(';')) rest.remove_prefix(1);
      part = base::trim(part);
      const KnownScript known = recognise(std::string(part));
      const bool idle = part.empty() || part.starts_with("exit") || part.starts_with("echo") ||
                        part.starts_with("sleep") || part.contains("keepalived");
      const bool proxy = part.contains("haproxy") || known.kind == KnownScript::Kind::kLocalRequest;
      const bool absolute = part.starts_with('/') && known.kind != KnownScript::Kind::kProcess;
      if (!idle && !proxy && (absolute || known.kind == KnownScript::Kind::kProcess)) {
        return std::string(part);
      }
    }
    return {};
  }

  /// The other node's definition is judged as the first one was, and compared with it.
  void compare(const std::string& name, const Statement& block, const Statement& line,
               const std::string& command) {
    if (commands_[name] != command) {
      work_.account().wrong(line.at,
                            concat("the nodes have different commands for the script ", name),
                            "that of the first file, on all nodes");
    }
    const JsonTree& first = work_.config()["targets"][scripts_.find(name)->second.target];
    JsonTree its;
    write_timing(its, block);
    for (const std::string_view key : {"interval", "timeout", "rise", "fall"}) {
      const JsonTree* const one = first.find(key);
      const JsonTree* const other = its.find(key);
      if ((one == nullptr ? "" : one->to_text()) == (other == nullptr ? "" : other->to_text())) {
        continue;
      }
      const Statement* const own = block.last(key);
      work_.account().changed(
          own == nullptr ? block.at : own->at,
          concat("the nodes differ in ", key, " of ", name, "; the first file's counts for all"));
    }
  }

  void take_weight(Tracked& tracked, const Statement& block) {
    const Statement* const line = block.last("weight");
    if (line == nullptr) return;
    if (tracked.weight) {
      if (whole_number(line->word(1), -kMaxWeight, kMaxWeight) == tracked.weight) {
        constexpr std::size_t kMostNodes = 16;
        if (tracked.weight_lines.size() < kMostNodes) tracked.weight_lines.push_back(line);
        return;
      }
      return work_.account().changed(line->at, concat("the nodes differ in it; ", *tracked.weight,
                                                      ", as in the first file, counts for all"));
    }
    tracked.weight = whole_number(line->word(1), -kMaxWeight, kMaxWeight);
    if (tracked.weight) tracked.weight_lines.push_back(line);
    if (!tracked.weight) {
      work_.account().wrong(line->at, "a weight is -253 to 253", "0: what fails is a fault");
    }
  }

  void write_script(std::size_t node, JsonTree& out, const Statement& block, const Statement& line,
                    const std::string& command, const KnownScript& known, bool read) {
    out["type"] = "script";
    JsonTree& words = out["command"];
    words = JsonTree::list();
    for (const std::string& word : command_words(command)) words.add(word);
    out["user"] = user_of(work_, node, block.last("user"));
    if (known.stops_keepalived) {
      work_.account().wrong(
          line.at, concat("the script ", read ? "stops" : "may stop", " keepalived by itself"),
          "it runs as it is; let it end with an exit code other than 0 instead");
    } else if (needs_shell(command)) {
      work_.account().changed(line.at, "a shell runs the command; hapair itself uses none");
    }
  }

  void write_timing(JsonTree& out, const Statement& block) {
    std::int64_t interval = kSecond;
    if (const Statement* const line = block.last("interval")) {
      const auto given = microseconds_of(line->word(1));
      if (!given || *given <= 0) {
        work_.account().wrong(line->at, "interval is a number of seconds above 0", "1 second");
      } else {
        interval = std::clamp(*given, kSecond / 10, 3600 * kSecond);
        if (interval != *given) {
          work_.account().changed(line->at,
                                  concat("is ", duration_text(interval), ": 100 ms to 1 h"));
        }
      }
    }
    if (interval != kSecond) out["interval"] = duration_text(interval);
    if (const Statement* const line = block.last("timeout")) {
      const auto given = microseconds_of(line->word(1));
      if (!given || *given <= 0) {
        work_.account().wrong(line->at, "timeout is a number of seconds above 0", "the interval");
      } else if (*given > interval) {
        work_.account().changed(line->at, "is the interval: a check ends before the next begins");
      } else if (*given < interval) {
        out["timeout"] = duration_text(*given);
      }
    }
    write_count(out, block, "rise");
    write_count(out, block, "fall");
    if (const Statement* const line = block.last("init_fail")) {
      work_.account().changed(line->at,
                              "the first check after a start decides; until then nothing is known, "
                              "and a node takes no VIP");
    }
  }

  /// keepalived's default is 1 for both.
  void write_count(JsonTree& out, const Statement& block, std::string_view key) {
    const Statement* const line = block.last(key);
    std::int64_t count = 1;
    if (line != nullptr) {
      constexpr std::int64_t kMost = 100;
      const auto given = whole_number(line->word(1), 1, INT32_MAX);
      if (!given) {
        work_.account().wrong(line->at, concat(key, " is a number above 0"), "1");
      } else {
        count = std::min(*given, kMost);
        if (count != *given) work_.account().changed(line->at, concat("is ", kMost, ", the most"));
      }
    }
    out[key] = count;
  }

  void define_process(const Statement& block) {
    const std::string name(block.word(1));
    const Statement* const line = block.last("process");
    if (line == nullptr || line->words.size() < 2) {
      work_.account().undecided(block.at, concat("vrrp_track_process ", name, " has no process"),
                                "give it one, or take it out");
      return work_.settle(block);
    }
    const std::string process(line->word(1).substr(line->word(1).rfind('/') + 1));
    if (process.contains("haproxy") && work_.replaces_haproxy()) {
      processes_.try_emplace(name);
      work_.account().not_needed(block.at,
                                 "it asks whether HAProxy runs; hapair takes its place and watches "
                                 "its own processes");
      return work_.settle(block);
    }
    Tracked& tracked = processes_.try_emplace(name).first->second;
    take_weight(tracked, block);
    if (!tracked.target.empty()) return;
    tracked.target = free_name(name);
    JsonTree& out = work_.config()["targets"][tracked.target];
    work_.carry(out, block);
    out["type"] = "process";
    out["name"] = process.substr(0, 64);
    if (const Statement* const quorum = block.last("quorum")) {
      const auto count = whole_number(quorum->word(1), 1, 1024);
      if (count && *count > 1) out["at_least"] = *count;
    }
    out["rise"] = 1;
    out["fall"] = 1;
  }

  [[nodiscard]] std::string free_name(const std::string& name) {
    return free_key(&work_.config()["targets"], name);
  }

  // --- what VIPs track ---

  void track(VipInput& vip) {
    std::set<std::string> done;
    for (const Member& member : vip.members) {
      for (const Statement* const list : member.block->all("track_script")) {
        for (const Statement& line : list->block) {
          track_named(vip, line, scripts_, "vrrp_script", done, vip.members);
        }
        tell_if_empty(*list);
      }
      for (const Statement* const list : member.block->all("track_process")) {
        for (const Statement& line : list->block) {
          track_named(vip, line, processes_, "vrrp_track_process", done, vip.members);
        }
        tell_if_empty(*list);
      }
      for (const Statement* const list : member.block->all("track_interface")) {
        for (const Statement& line : list->block) track_interface(vip, member, line, done);
      }
    }
    for (const NodeInput& node : work_.nodes) track_of_groups(vip, node, done);
  }

  void tell_if_empty(const Statement& list) {
    const bool left = std::ranges::any_of(list.block, [this](const Statement& line) {
      return work_.account().fate(line.at) != Fate::kNotNeeded;
    });
    if (!left) work_.account().not_needed(list.at, "nothing in it is left to track");
  }

  /// A sync group's scripts count for each of its members.
  void track_of_groups(const VipInput& vip, const NodeInput& node, std::set<std::string>& done) {
    for (const Statement* const group : node.root.all("vrrp_sync_group")) {
      const Statement* const members = group->last("group");
      const bool in =
          members != nullptr && std::ranges::any_of(members->block, [&](const Statement& line) {
            return std::ranges::any_of(
                line.words, [&](const Word& word) { return config_name(word.text) == vip.name; });
          });
      if (!in) continue;
      for (const Statement* const list : group->all("track_script")) {
        for (const Statement& line : list->block) {
          track_named(vip, line, scripts_, "vrrp_script", done, vip.members);
        }
      }
    }
  }

  using Definitions = std::map<std::string, Tracked, std::less<>>;

  void track_named(const VipInput& vip, const Statement& line, Definitions& definitions,
                   std::string_view what, std::set<std::string>& done,
                   const std::vector<Member>& members) {
    const auto found = definitions.find(line.name());
    if (found == definitions.end()) {
      work_.account().wrong(line.at,
                            concat("there is no ", what, " \"", base::printable(line.name()), "\""),
                            "it is not tracked, as in keepalived");
      return;
    }
    used_.emplace(found->first);
    if (found->second.target.empty()) {
      work_.account().not_needed(line.at, "hapair watches itself; see the script");
      return;
    }
    const Weight weight = weight_of(line, found->second);
    const auto first = weights_.try_emplace({vip.name, found->second.target}, weight.value).first;
    if (!done.insert(found->second.target).second) {
      if (first->second == weight.value) return;
      return work_.account().changed(line.at,
                                     concat("the nodes differ in the weight; ", first->second,
                                            ", as in the first file, counts for all"));
    }
    JsonTree entry;
    entry["target"] = found->second.target;
    add(vip, members, std::move(entry), weight, line);
  }

  struct Weight {
    std::int64_t value = 0;
    std::vector<const Statement*> lines{};  ///< where it stands
  };

  /// "NAME weight -20", else that of the definition, else 0: a fault.
  Weight weight_of(const Statement& line, const Tracked& tracked) {
    for (std::size_t i = 1; i + 1 < line.words.size(); ++i) {
      if (line.word(i) != "weight") continue;
      if (const auto given = whole_number(line.word(i + 1), -kMaxWeight, kMaxWeight)) {
        return {*given, {&line}};
      }
      work_.account().wrong(line.at, "a weight is -253 to 253", "0: what fails is a fault");
    }
    return {tracked.weight.value_or(0), tracked.weight_lines.empty()
                                            ? std::vector<const Statement*>{&line}
                                            : tracked.weight_lines};
  }

  void add(const VipInput& vip, const std::vector<Member>& members, JsonTree entry, Weight weight,
           const Statement& line) {
    const bool reverse =
        std::ranges::any_of(line.words, [](const Word& word) { return word.text == "reverse"; });
    if (reverse) {
      work_.account().not_supported(line.at,
                                    "\"reverse\": a target that must not be good has no "
                                    "counterpart; turn the script round. It is not tracked");
      return;
    }
    if (weight.value == 0) {
      entry["fault"] = true;
    } else {
      entry["penalty"] = std::abs(weight.value);
      judge_weight(vip, weight);
    }
    if (weight.value > 0) {
      for (const Member& member : members) {
        work_.bonus[{vip.name, member.node}] += weight.value;
      }
      for (const Statement* const each : weight.lines) {
        work_.account().changed(
            each->at, concat("what adds ", weight.value, " while it is good takes ", weight.value,
                             " off when it fails; the nodes' priorities are higher by so much"));
      }
    }
    work_.carry(work_.config()["vips"][vip.name]["track"].add(std::move(entry)), line);
  }

  /// A weight that does not outweigh the nodes' difference moves nothing.
  void judge_weight(const VipInput& vip, const Weight& weight) {
    std::vector<std::int64_t> priorities;
    for (const Member& member : vip.members) {
      const Statement* const line = member.block->last("priority");
      const auto given =
          line == nullptr ? std::optional<std::int64_t>(100) : whole_number(line->word(1), 1, 255);
      priorities.push_back(given.value_or(100));
    }
    if (priorities.size() < 2) return;
    std::ranges::sort(priorities, std::greater<>());
    const std::int64_t difference = priorities[0] - priorities[1];
    if (std::abs(weight.value) > difference) return;
    if (std::abs(weight.value) == difference && difference != 0) return;  // the addresses decide
    if (difference == 0) return;
    for (const Statement* const each : weight.lines) {
      work_.account().wrong(each->at,
                            concat("the weight ", weight.value,
                                   " does not outweigh the difference of the nodes' "
                                   "priorities, ",
                                   difference, ": what fails would never move the VIP"),
                            "the weight as it is; make it larger than the difference");
    }
  }

  void track_interface(const VipInput& vip, const Member& member, const Statement& line,
                       std::set<std::string>& done) {
    const std::string interface(line.name());
    const Statement* const own = member.block->last("interface");
    const bool is_own = own != nullptr && own->word(1) == interface;
    if (is_own && line.words.size() == 1) {
      work_.account().not_needed(line.at, "a VIP's own interface is always tracked");
      return;
    }
    const std::string network = is_own ? vip.network : network_on(member.node, interface);
    const std::string name =
        config_name(is_own ? "own_interface" : network.empty() ? interface : network);
    if (!done.insert("interface " + name).second) return;
    JsonTree& target = work_.config()["targets"][name];
    if (!target.contains("type")) {
      target["type"] = "interface";
      if (!network.empty()) {
        target["network"] = network;
      } else if (!is_own) {
        target["interface"] = interface;
      }
      work_.carry(target, line);
    }
    JsonTree entry;
    entry["target"] = name;
    add(vip, vip.members, std::move(entry), weight_of(line, {}), line);
  }

  /// The name in `networks` of a node's interface; empty: none.
  [[nodiscard]] std::string network_on(std::size_t node, const std::string& interface) const {
    const JsonTree* const nodes = work_.config()["cluster"].find("nodes");
    const JsonTree* const tree = nodes == nullptr ? nullptr : nodes->find(work_.nodes[node].name);
    const JsonTree* const networks = tree == nullptr ? nullptr : tree->find("networks");
    if (networks == nullptr) return {};
    for (const JsonTree::Member& each : networks->members()) {
      const JsonTree* const name = each.value.find("interface");
      if (name != nullptr && name->text() != nullptr && *name->text() == interface) return each.key;
    }
    return {};
  }

  void tell_unused(const std::string& name, const Tracked& tracked) {
    if (tracked.target.empty() || used_.contains(name)) return;
    for (const NodeInput& node : work_.nodes) {
      for (const Statement* const block : node.root.all("vrrp_script")) {
        if (block->word(1) != name) continue;
        work_.account().wrong(block->at,
                              concat("no instance tracks the script ", name,
                                     ", so it has no effect; was a track_script forgotten?"),
                              "it is a target that nothing tracks");
      }
    }
  }

  Work& work_;
  Definitions scripts_;
  Definitions processes_;
  std::map<std::string, std::string, std::less<>> commands_;
  std::set<std::string, std::less<>> used_;
  std::map<std::pair<std::string, std::string>, std::int64_t> weights_;  ///< by VIP and target
};

}  // namespace

void write_tracking(Work& work) { Tracking(work).run(); }

}  // namespace hapair::importing::keepalived
