// Cross checks of the rules for requests and of named matches; see validate.hpp.
#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/cross_check.hpp"
#include "apps/hapair/config/rule_keys.hpp"
#include "common/base/text.hpp"
#include "liblb/core/rules/captures.hpp"

namespace hapair::config {
namespace {

using base::concat;

/// Tests of one rule, with those of the matches that it names.
constexpr std::size_t kMaxTests = 1000;

const NamedMatchDraft* named_match(const CrossCheck& check, std::string_view name) {
  const auto at = std::ranges::find(check.draft.matches, name, &NamedMatchDraft::name);
  return at == check.draft.matches.end() ? nullptr : &*at;
}

/// All that a match names.
std::vector<ListedText> names_in(const MatchDraft& match) {
  std::vector<ListedText> names = match.is;
  names.insert(names.end(), match.any.begin(), match.any.end());
  names.insert(names.end(), match.none.begin(), match.none.end());
  return names;
}

void check_names(const CrossCheck& check, const MatchDraft& match) {
  check_backend_name(check, match.path + ".healthy.backend", match.healthy);
  check_rate_over(check, match);
  for (const ListedText& name : names_in(match)) {
    if (named_match(check, name.text) != nullptr ||
        check.positions.given(concat("matches.", name.text))) {
      continue;
    }
    std::vector<std::string_view> names;
    for (const NamedMatchDraft& other : check.draft.matches) names.push_back(other.name);
    check.fault(name.path, check.unknown("match", name.text, names));
  }
}

/// How many tests a match has, with those that it names; of a name that leads back to itself it
/// reports so.
class TestCount {
 public:
  explicit TestCount(const CrossCheck& check) : check_(check) {}

  std::size_t of(const MatchDraft& match) {
    std::size_t count = 1 + match.header.size() + match.query.size() + match.cookie.size();
    for (const ListedText& name : names_in(match)) {
      const NamedMatchDraft* named = named_match(check_, name.text);
      if (named != nullptr) count += of(*named, name.path);
    }
    return std::min(count, kMaxTests + 1);
  }

 private:
  std::size_t of(const NamedMatchDraft& named, const std::string& path) {
    const auto [known, fresh] = counts_.emplace(named.name, kUnderWay);
    if (!fresh && known->second == kUnderWay) {
      check_.fault(path, concat("\"", named.name,
                                "\" comes back to itself by way of the matches that it names; "
                                "remove one of them"));
      return 0;
    }
    if (fresh) {
      const std::size_t count = of(named.match);
      counts_[named.name] = count;
      return count;
    }
    return known->second;
  }

  static constexpr std::size_t kUnderWay = 0;

  const CrossCheck& check_;
  std::map<std::string, std::size_t> counts_;
};

void check_time(const CrossCheck& check, const MatchDraft& match) {
  if (match.timed && match.from == match.until) {
    check.fault(match.path + ".time.until",
                "is the same as from, which is no time at all; leave both out for the whole day");
  }
}

void check_actions(const CrossCheck& check, const RuleDraft& rule) {
  if (rule.endings() > 1) {
    check.fault(rule.path,
                "has several last words (use_backend, use_server, redirect, deny, answer, tarpit, "
                "drop, accept); keep one, and write a rule for each other");
  }
  // What is given and faulty was meant to be done.
  const auto given = [&](std::string_view key) {
    return check.positions.given(concat(rule.path, ".", key));
  };
  const bool faulty_flag =
      check.faults.names(rule.path + ".drop") || check.faults.names(rule.path + ".accept");
  if (rule.endings() == 0 && !faulty_flag && std::ranges::none_of(kRequestActions, given) &&
      std::ranges::none_of(kCommonActions, given)) {
    check.fault(rule.path,
                "does nothing; give it an action, such as use_backend, deny or set_header");
  }
}

/// `owner`: the backend whose rule it is; empty: it is a frontend's.
void check_use_server(const CrossCheck& check, const RuleDraft& rule, std::string_view owner) {
  if (rule.use_server.empty()) return;
  const std::string path = rule.path + ".use_server";
  const std::string of = rule.backend();
  check_backend_name(check, path, of);
  const BackendDraft* backend = check.backend(of);
  if (backend == nullptr) return;
  if (!owner.empty() && owner != of) {
    check.fault(path,
                concat("is a server of ", of, ", and these are requests that ", owner,
                       " has; name a server of ", owner, ", or write the rule in the frontend"));
    return;
  }
  const std::string name = rule.use_server.substr(of.size() + 1);
  const auto server = std::ranges::find(backend->servers, name, &ServerDraft::name);
  if (server == backend->servers.end()) {
    if (check.positions.given(concat(path_of(*backend), ".servers.", name))) return;
    std::vector<std::string_view> names;
    for (const ServerDraft& each : backend->servers) names.push_back(each.name);
    check.fault(path, check.unknown("server", name, names));
  } else if (server->by_name()) {
    check.fault(path, concat("\"", name,
                             "\" is found by name, and becomes a server for each of its "
                             "addresses; name a server that has an address, or give this one a "
                             "backend of its own and write use_backend"));
  }
}

/// Access lines have a place for each name.
void check_captures(const CrossCheck& check) {
  std::map<std::string_view, bool> from_response;
  const auto look = [&](const CaptureDraft& capture) {
    const bool response = !capture.from_response.empty();
    const auto [known, fresh] = from_response.emplace(capture.name, response);
    if (fresh && from_response.size() > lb::rules::Captures::kMaxNames) {
      check.fault(capture.path + ".name",
                  concat("is one name more than the ", lb::rules::Captures::kMaxNames,
                         " by which the rules of a file may capture; remove one"));
    }
    if (known->second != response) {
      check.fault(capture.path + ".name",
                  concat("\"", capture.name, "\" stands for something of the ",
                         response ? "request" : "response", " in another rule; use another name"));
    }
  };
  const auto look_at_all = [&](const std::vector<RuleDraft>& rules) {
    for (const RuleDraft& rule : rules) std::ranges::for_each(rule.capture, look);
  };
  for (const FrontendDraft& each : check.draft.frontends) look_at_all(each.rules);
  for (const BackendDraft& each : check.draft.backends) look_at_all(each.rules);
}

void check_rule(const CrossCheck& check, const RuleDraft& rule, TestCount& tests) {
  check_names(check, rule.match);
  check_time(check, rule.match);
  check_actions(check, rule);
  if (tests.of(rule.match) > kMaxTests) {
    check.fault(rule.path + ".match", concat("has more than ", kMaxTests,
                                             " tests, with those of the matches that it "
                                             "names; split it into several rules"));
  }
}

}  // namespace

void check_request_rules(const CrossCheck& check) {
  TestCount tests(check);
  for (const NamedMatchDraft& each : check.draft.matches) {
    check_names(check, each.match);
    check_time(check, each.match);
    MatchDraft by_name;
    by_name.is.push_back({each.match.path, each.name});
    (void)tests.of(by_name);
  }
  for (const FrontendDraft& frontend : check.draft.frontends) {
    for (const RuleDraft& rule : frontend.rules) {
      check_rule(check, rule, tests);
      check_use_server(check, rule, {});
    }
  }
  for (const BackendDraft& backend : check.draft.backends) {
    for (const RuleDraft& rule : backend.rules) {
      check_rule(check, rule, tests);
      check_use_server(check, rule, backend.backend.name);
    }
  }
  check_captures(check);
}

}  // namespace hapair::config
