// Cross checks of rules of frontends in mode tcp, which judge connections; see validate.hpp.
#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

/// Keys that ask what a request says, or do something with it or its response.
constexpr std::array<std::string_view, 10> kOfRequests = {
    "host",   "path",   "path_prefix", "path_suffix", "path_regex",
    "method", "header", "query",       "cookie",      "map"};
constexpr std::array<std::string_view, 19> kForRequests = {"basic_auth",
                                                           "forward_auth",
                                                           "set_header",
                                                           "add_header",
                                                           "remove_header",
                                                           "replace_header",
                                                           "set_response_header",
                                                           "add_response_header",
                                                           "remove_response_header",
                                                           "rewrite_path",
                                                           "set_path",
                                                           "set_query",
                                                           "timeouts",
                                                           "capture",
                                                           "use_backend.map",
                                                           "redirect",
                                                           "answer",
                                                           "tarpit",
                                                           "deny.status"};

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
  for (const std::string_view key : kOfRequests) {
    const std::string path = concat(match.path, ".", key);
    if (!check.positions.given(path)) continue;
    check.fault(path,
                "asks what a request says, and mode tcp knows connections only; use mode http, or "
                "remove it");
  }
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
      for (const std::string_view key : kForRequests) {
        const std::string path = concat(rule.path, ".", key);
        if (!check.positions.given(path)) continue;
        check.fault(path,
                    "is for requests, and mode tcp knows connections only; use mode http, or "
                    "remove it");
      }
    }
  }
}

}  // namespace hapair::config
