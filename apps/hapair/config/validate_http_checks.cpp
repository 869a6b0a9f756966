// Cross checks of checks over HTTP; see validate.hpp.
#include <string_view>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

bool sends_body(std::string_view method) { return method == "POST" || method == "PUT"; }

void check_body(const CrossCheck& check, const CheckDraft& draft) {
  const HttpCheckDraft& http = draft.http;
  if (!http.body.empty() && !sends_body(http.method)) {
    check.fault(draft.path + ".body", concat("goes with the methods POST and PUT, not with ",
                                             http.method, "; remove it, or use one of them"));
  }
  if (http.expect_body && http.method == "HEAD") {
    check.fault(draft.path + ".expect_body",
                "the answer to HEAD has no body; remove it, or use another method");
  }
}

void check_expected_headers(const CrossCheck& check, const HttpCheckDraft& http) {
  for (const ExpectedHeaderDraft& header : http.expect_headers) {
    const int given = int{header.value.has_value()} + int{header.contains.has_value()} +
                      int{header.regex.has_value()};
    if (given > 1) {
      check.fault(header.path,
                  "more than one of \"value\", \"contains\" and \"regex\" is given; give one");
    }
  }
}

}  // namespace

void check_http_checks(const CrossCheck& check) {
  for (const BackendDraft& backend : check.draft.backends) {
    if (!backend.check || backend.check->check.type != CheckType::kHttp) continue;
    check_body(check, *backend.check);
    check_expected_headers(check, backend.check->http);
  }
}

}  // namespace hapair::config
