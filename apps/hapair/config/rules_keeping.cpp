#include "apps/hapair/config/rules_keeping.hpp"

#include <algorithm>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_text.hpp"
#include "common/base/text.hpp"

namespace hapair::config::rules {
namespace {

using base::concat;
using base::fail;
using base::Result;

constexpr std::string_view kHeader = "header:";
constexpr std::string_view kCookie = "cookie:";

Result<void> check_cookie_name(std::string_view text) {
  if (kAnyFieldName.check(text)) return {};
  return fail(concat(quoted(text),
                     " is no name of a cookie; use 1 to 64 letters, digits and !#$%&'*+-.^_`|~"));
}

Result<void> check_cookie_value(std::string_view text) {
  const auto fits = [](char c) { return is_alnum(c) || c == '-' || c == '_'; };
  if (!text.empty() && text.size() <= 64 && std::ranges::all_of(text, fits)) return {};
  return fail(concat(quoted(text),
                     " can't stand for a server in a cookie; use 1 to 64 letters, "
                     "digits, - and _"));
}

Result<void> check_cookie_domain(std::string_view text) {
  const auto fits = [](char c) { return is_alnum(c) || c == '-' || c == '.'; };
  if (!text.empty() && text.size() <= 128 && std::ranges::all_of(text, fits)) return {};
  return fail(concat(quoted(text), " is no domain of a cookie; write it like \"example.com\""));
}

Result<void> check_cookie_path(std::string_view text) {
  const auto fits = [](char c) { return is_visible(c) && c != ';'; };
  if (text.starts_with('/') && text.size() <= 128 && std::ranges::all_of(text, fits)) return {};
  return fail(concat(quoted(text),
                     " is no path of a cookie; write up to 128 visible characters "
                     "that begin with /, without ;"));
}

/// The name behind "header:" or "cookie:"; empty: it is neither.
std::string_view name_in(std::string_view text) {
  for (const std::string_view kind : {kHeader, kCookie}) {
    if (text.starts_with(kind)) return text.substr(kind.size());
  }
  return {};
}

Result<void> check_key(std::string_view text, std::string_view more) {
  if (text == "source") return {};
  const std::string_view name = name_in(text);
  if (!name.empty() && kAnyFieldName.check(name)) return {};
  return fail(concat(quoted(text),
                     " is nothing that a client is told by; write \"source\", "
                     "\"header:NAME\"",
                     more));
}

Result<void> check_stick_on(std::string_view text) {
  if (text == "sni") return {};
  return check_key(text, ", \"cookie:NAME\" or \"sni\"");
}

Result<void> check_rate_by(std::string_view text) { return check_key(text, " or \"cookie:NAME\""); }

}  // namespace

const TextRule kCookieName{"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$", check_cookie_name, "SRV"};
const TextRule kCookieValue{"^[0-9A-Za-z_-]{1,64}$", check_cookie_value, "web1"};
const TextRule kCookieDomain{"^[0-9A-Za-z.-]{1,128}$", check_cookie_domain, "example.com"};
const TextRule kCookiePath{"^/[!-:<-~]{0,127}$", check_cookie_path, "/"};
const TextRule kStickOn{"^(source|sni|(header|cookie):[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64})$",
                        check_stick_on, "source"};
const TextRule kRateBy{"^(source|(header|cookie):[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64})$", check_rate_by,
                       "source"};

ClientKeySource parse_client_key(std::string_view text) {
  ClientKeySource source;
  if (text == "sni") source.key = ClientKey::kSni;
  if (text.starts_with(kHeader)) source.key = ClientKey::kHeader;
  if (text.starts_with(kCookie)) source.key = ClientKey::kCookie;
  source.name = name_in(text);
  return source;
}

}  // namespace hapair::config::rules
