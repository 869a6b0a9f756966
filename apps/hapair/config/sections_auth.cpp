#include "apps/hapair/config/sections_auth.hpp"

#include <chrono>

#include "apps/hapair/config/ranges.hpp"
#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_auth.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

}  // namespace

void describe_auth(Shape& shape, RuleDraft& rule) {
  shape.object(
      {"basic_auth", "Only for users with a password (RFC 7617); others get a 401."},
      [&](Shape& auth) {
        BasicAuthDraft& into = rule.basic_auth.emplace();
        into.path = auth.path();
        auth.text({"users", "The list of those who may.", kMandatory}, rules::kName, into.users);
        auth.text({"realm", "What clients ask their users for."}, rules::kRealm, into.realm);
        auth.flag({"pass", "The server sees name and password, too."}, into.pass);
      });
  shape.object(
      {"forward_auth", "Only where a server of a backend answers with 2xx when asked."},
      [&](Shape& auth) {
        ForwardAuthDraft& into = rule.forward_auth.emplace();
        into.path = auth.path();
        auth.text({"backend", "Whose servers are asked.", kMandatory}, rules::kName, into.backend);
        auth.text({"path", "What they are asked by GET, with a query if need be."},
                  rules::kRequestTarget, into.target);
        auth.texts({"request_fields",
                    "Names of fields of the request that they see, besides Cookie and "
                    "Authorization."},
                   kOneTo16, rules::kAskedField, into.request_fields);
        auth.texts({"response_fields",
                    "Names of fields of their answer that the request goes on with. What clients "
                    "send under these names is taken off."},
                   kOneTo16, rules::kToldField, into.response_fields);
        auth.duration({"timeout", "For the whole of their answer, else 503."},
                      DurationRule{10ms, 1min}, into.timeout);
      });
}

void describe_user_lists(Shape& root, Draft& draft) {
  root.map({"users", "Lists of users for `basic_auth`, by name."}, CountRule{0, 256},
           [&](const std::string& name, Shape& shape) {
             UserListDraft& list = draft.users.emplace_back();
             list.name = name;
             list.path = shape.path();
             shape.one_of({{"entries", {}}, {"file", {}}});
             shape.texts({"entries",
                          "\"name:hash\" for each user; crypt(3) knows the hash: $2b$, $2y$, $5$, "
                          "$6$ or $y$."},
                         CountRule{1, 1024}, rules::kUserEntry, list.entries);
             shape.text({"file", "A file of such lines, as htpasswd makes it, for root only."},
                        rules::kAbsolutePath, list.file);
           });
}

}  // namespace hapair::config
