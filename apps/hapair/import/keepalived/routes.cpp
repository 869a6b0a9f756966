#include "apps/hapair/import/keepalived/routes.hpp"

#include <algorithm>

#include "apps/hapair/import/keepalived/values.hpp"
#include "apps/hapair/import/keepalived/vip_addresses.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;

constexpr std::int64_t kMostTable = 4294967295;

class Routes {
 public:
  Routes(Work& work, const VipInput& vip, JsonTree& out) : work_(work), vip_(vip), out_(out) {}

  void run() {
    for (const Member& member : vip_.members) {
      for (const Statement* const list : member.block->all("virtual_routes")) {
        for (const Statement& line : list->block) route(member, line);
      }
      for (const Statement* const list : member.block->all("virtual_rules")) {
        for (const Statement& line : list->block) rule(line);
      }
    }
  }

 private:
  void route(const Member& member, const Statement& line) {
    JsonTree entry;
    std::string to;
    JsonTree rest;
    for (std::size_t i = 0; i < line.words.size(); ++i) {
      const std::string_view word = line.word(i);
      if (word == "to" || word == "unicast") continue;
      if (to.empty() && (word == "default" || base::Prefix::parse(word))) {
        to = word;
        continue;
      }
      if (!route_word(member, line, word, line.word(++i), rest)) return;
    }
    if (to.empty()) {
      return work_.account().undecided(line.at, "the route has no destination",
                                       "mend it; the import leaves it out");
    }
    entry["to"] = to;
    for (JsonTree::Member& each : rest.members()) entry[each.key] = std::move(each.value);
    add("routes", std::move(entry), line);
  }

  bool route_word(const Member& member, const Statement& line, std::string_view word,
                  std::string_view value, JsonTree& out) {
    if (word == "via" || word == "gw") {
      out["via"] = value;
    } else if (word == "dev" || word == "oif") {
      const std::string network = network_of(work_, vip_, member.node, value);
      if (!network.empty()) out["network"] = network;
    } else if (word == "src") {
      out["source"] = value;
    } else if (word == "table") {
      return number(line, "table", value, 1, out, "table");
    } else if (word == "metric" || word == "priority" || word == "preference") {
      return number(line, word, value, 0, out, "metric");
    } else if (word == "scope" || word == "proto" || word == "protocol") {
      work_.account().not_needed(line.at, concat("\"", word, "\": hapair sets it by itself"));
    } else {
      work_.account().not_supported(
          line.at, concat("routes can't have \"", base::printable(word),
                          "\"; the route is left out: add it by a `notify` script"));
      return false;
    }
    return true;
  }

  bool number(const Statement& line, std::string_view word, std::string_view value,
              std::int64_t least, JsonTree& out, std::string_view key) {
    const auto given =
        value == "main" ? std::optional<std::int64_t>(254) : whole_number(value, least, kMostTable);
    if (given) {
      out[key] = *given;
      return true;
    }
    work_.account().not_supported(
        line.at, concat("\"", word, " ", base::printable(value),
                        "\" is no number that hapair knows; names of tables stand in the host's "
                        "rt_tables: write the number. The line is left out"));
    return false;
  }

  void rule(const Statement& line) {
    JsonTree entry;
    for (std::size_t i = 0; i < line.words.size(); i += 2) {
      const std::string_view word = line.word(i);
      const std::string_view value = line.word(i + 1);
      if (word == "from" || word == "to") {
        if (value != "all") entry[word] = value;
      } else if (word == "table" || word == "lookup") {
        if (!number(line, word, value, 1, entry, "table")) return;
      } else if (word == "priority" || word == "preference" || word == "order") {
        if (!number(line, word, value, 1, entry, "priority")) return;
      } else {
        return work_.account().not_supported(
            line.at, concat("rules can't have \"", base::printable(word),
                            "\"; the rule is left out: add it by a `notify` script"));
      }
    }
    if (!entry.contains("from") && !entry.contains("to")) {
      return work_.account().not_supported(
          line.at, "a rule needs \"from\" or \"to\"; it is left out: add it by a `notify` script");
    }
    if (!entry.contains("table")) {
      return work_.account().wrong(line.at, "a rule needs a table", "the rule is left out");
    }
    if (!entry.contains("priority")) {
      constexpr std::int64_t kFirst = 1000;
      entry["priority"] = kFirst + static_cast<std::int64_t>(rules_.size());
      work_.account().changed(line.at, concat("has the priority ", *entry["priority"].number(),
                                              ", since a rule needs one"));
    }
    add("rules", std::move(entry), line);
  }

  /// The nodes' files have the same lines: each is there once.
  void add(std::string_view key, JsonTree entry, const Statement& line) {
    std::vector<std::string>& known = key == "rules" ? rules_ : routes_;
    std::string text = entry.to_text();
    if (std::ranges::find(known, text) != known.end()) return;
    known.push_back(std::move(text));
    work_.carry(out_[key].add(std::move(entry)), line);
  }

  Work& work_;
  const VipInput& vip_;
  JsonTree& out_;
  std::vector<std::string> routes_;
  std::vector<std::string> rules_;
};

}  // namespace

void write_routes(Work& work, const VipInput& vip, JsonTree& out) { Routes(work, vip, out).run(); }

}  // namespace hapair::importing::keepalived
