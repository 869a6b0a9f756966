// Cross checks of lists of users and of rules that ask who a client is; see validate.hpp.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"
#include "liblb/core/rules/user_list.hpp"

namespace hapair::config {
namespace {

using base::concat;

void check_service(const CrossCheck& check, const ForwardAuthDraft& auth) {
  check_twice(check, auth.request_fields);
  check_twice(check, auth.response_fields);
  if (auth.backend.empty()) return;
  const std::string path = auth.path + ".backend";
  check_backend_name(check, path, auth.backend);
  for (const FrontendDraft& frontend : check.draft.frontends) {
    if (frontend.frontend.mode != Mode::kTcp || !frontend.uses(auth.backend)) continue;
    check.fault(path, concat("frontend ", frontend.frontend.name, " uses backend ", auth.backend,
                             " in mode tcp, where there are no answers to requests; name a backend "
                             "of its own for the auth service"));
  }
}

void check_rules(const CrossCheck& check, const std::vector<RuleDraft>& rules) {
  for (const RuleDraft& rule : rules) {
    if (rule.basic_auth) {
      check_users_name(check, rule.basic_auth->path + ".users", rule.basic_auth->users);
    }
    if (rule.forward_auth) check_service(check, *rule.forward_auth);
  }
}

bool is_used(const Draft& draft, std::string_view list) {
  const auto asks = [&](const auto& owner) {
    return std::ranges::any_of(owner.rules, [&](const RuleDraft& rule) {
      return rule.basic_auth && rule.basic_auth->users == list;
    });
  };
  return std::ranges::any_of(draft.frontends, asks) || std::ranges::any_of(draft.backends, asks) ||
         std::ranges::find(draft.frontends, list, &FrontendDraft::page_users) !=
             draft.frontends.end();
}

}  // namespace

void check_users_name(const CrossCheck& check, const std::string& path, std::string_view name) {
  const auto& lists = check.draft.users;
  // One that stands there and could not be read is at fault itself.
  if (name.empty() || check.positions.given(concat("users.", name)) ||
      std::ranges::find(lists, name, &UserListDraft::name) != lists.end()) {
    return;
  }
  std::vector<std::string_view> names;
  for (const UserListDraft& each : lists) names.push_back(each.name);
  check.fault(path, check.unknown("user list", name, names));
}

void check_auth(const CrossCheck& check) {
  for (const FrontendDraft& frontend : check.draft.frontends) check_rules(check, frontend.rules);
  for (const BackendDraft& backend : check.draft.backends) check_rules(check, backend.rules);
  for (const UserListDraft& list : check.draft.users) {
    if (const auto users = lb::rules::UserList::parse(list.text()); !users) {
      check.fault(list.path + ".entries", users.error().message);
    }
    if (!is_used(check.draft, list.name)) {
      check.notice(list.path, "no rule and no page asks for this list of users");
    }
  }
}

}  // namespace hapair::config
