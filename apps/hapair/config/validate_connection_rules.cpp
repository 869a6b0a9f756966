// Cross checks of rules of frontends in mode tcp, which judge connections; see validate.hpp.
#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "apps/hapair/config/cross_check.hpp"
#include "apps/hapair/config/rule_keys.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

/// Keys that ask what a request says.
constexpr std::array<std::string_view, 10> kOfRequests = {
    "host",   "path",   "path_prefix", "path_suffix", "path_regex",
    "method", "header", "query",       "cookie",      "map"};

/// None of the keys below `path` may be given.
void refuse(const CrossCheck& check, std::string_view path, std::span<const std::string_view> keys,
            std::string_view what) {
  for (const std::string_view key : keys) {
    const std::string at = concat(path, ".", key);
    if (!check.positions.given(at)) continue;
    check.fault(at, concat(what,
                           ", and mode tcp knows connections only; use mode http, or remove "
                           "it"));
  }
}

/// Null, or the table that the match looks at and that tells clients by what requests say.
const TableDraft* table_of_requests(const CrossCheck& check, const MatchDraft& match) {
  if (!match.rate_over) return nullptr;
  const auto table =
      std::ranges::find(check.draft.tables, match.rate_over->table, &TableDraft::name);
  return table != check.draft.tables.end() && table->by != "source" ? &*table : nullptr;
}

/// The first key of a match, or of one that it names, that asks for a request; empty: there is
/// none.
std::string key_of_requests(const CrossCheck& check, const MatchDraft& match,
                            std::set<std::string_view>& seen) {
  for (const std::string_view key : kOfRequests) {
    const std::string path = concat(match.path, ".", key);
    if (check.positions.given(path)) return path;
  }
  if (table_of_requests(check, match) != nullptr) return match.path + ".rate_over.table";
  for (const auto* names : {&match.is, &match.any, &match.none}) {
    for (const ListedText& name : *names) {
      const auto named = std::ranges::find(check.draft.matches, name.text, &NamedMatchDraft::name);
      if (named == check.draft.matches.end() || !seen.insert(named->name).second) continue;
      if (auto path = key_of_requests(check, named->match, seen); !path.empty()) return path;
    }
  }
  return {};
}

void check_match(const CrossCheck& check, const FrontendDraft& frontend, const MatchDraft& match) {
  refuse(check, match.path, kOfRequests, "asks what a request says");
  if (const TableDraft* table = table_of_requests(check, match)) {
    check.fault(match.path + ".rate_over.table",
                concat("table ", table->name, " tells clients by ", table->by,
                       ", and in mode tcp there are no requests; name one by \"source\""));
  }
  for (const auto* names : {&match.is, &match.any, &match.none}) {
    for (const ListedText& name : *names) {
      MatchDraft alone;
      alone.is.push_back(name);
      std::set<std::string_view> seen;
      const std::string key = key_of_requests(check, alone, seen);
      if (key.empty()) continue;
      check.fault(name.path, concat("needs ", key, ", which asks what a request says, and ",
                                    frontend.frontend.name,
                                    " is in mode tcp; name another match, or use mode http"));
    }
  }
}

}  // namespace

void check_connection_rules(const CrossCheck& check) {
  for (const FrontendDraft& frontend : check.draft.frontends) {
    if (frontend.frontend.mode != Mode::kTcp) continue;
    for (const RuleDraft& rule : frontend.rules) {
      check_match(check, frontend, rule.match);
      for (const std::span<const std::string_view> keys :
           {std::span<const std::string_view>(kRequestActions),
            std::span<const std::string_view>(kRequestDetails)}) {
        refuse(check, rule.path, keys, "is for requests");
      }
    }
  }
}

}  // namespace hapair::config
