// Texts about receivers of alerts: URLs (RFC 3986), addresses of mail (RFC 5321).
#include <algorithm>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_text.hpp"
#include "common/base/text.hpp"

namespace hapair::config::rules {
namespace {

using base::concat;
using base::fail;
using base::Result;

constexpr std::size_t kMaxUrl = 2048;
constexpr std::size_t kMaxMailAddress = 254;
constexpr std::size_t kMaxLocalPart = 64;
constexpr std::size_t kMaxSubject = 64;

/// What a mail server takes without quotes; the domain as for hosts, or an address in brackets.
Result<void> check_mail_address(std::string_view text) {
  constexpr std::string_view kMarks = ".!#$%&'*+-/=?^_`{|}~";
  const std::size_t at = text.find('@');
  const std::string_view local = text.substr(0, at);
  const auto fits = [&](char c) { return is_alnum(c) || kMarks.find(c) != std::string_view::npos; };
  const bool whole = at != std::string_view::npos && !local.empty() &&
                     local.size() <= kMaxLocalPart && text.size() <= kMaxMailAddress &&
                     !local.starts_with('.') && !local.ends_with('.') &&
                     std::ranges::all_of(local, fits);
  if (whole && parse_server_address(concat(text.substr(at + 1), ":25"))) return {};
  return fail(concat(quoted(text), " is no mail address; write it like \"ops@example.com\""));
}

Result<void> check_mail_subject(std::string_view text) {
  const bool fits = !text.empty() && text.size() <= kMaxSubject &&
                    std::ranges::all_of(text, [](char c) { return c == ' ' || is_visible(c); });
  if (fits) return {};
  return fail(concat(quoted(text), " can't begin a subject; use 1 to ", kMaxSubject,
                     " characters of ASCII"));
}

Result<void> check_alert_about(std::string_view text) {
  if (text == "servers" || text == "backends" || text == "targets" || text == "vips") return {};
  return fail(concat(quoted(text),
                     " is nothing to tell of; write \"servers\", \"backends\", \"targets\" or "
                     "\"vips\""));
}

}  // namespace

const TextRule kUrl{"^https?://[!-~]{1,2040}$", check_by<parse_url>,
                    "https://hooks.example.com/hapair"};
const TextRule kMailAddress{"^[^@ ]{1,64}@[A-Za-z0-9.:\\[\\]-]{1,253}$", check_mail_address,
                            "ops@example.com"};
const TextRule kMailSubject{"^[ -~]{1,64}$", check_mail_subject, "hapair"};
const TextRule kAlertAbout{"^(servers|backends|targets|vips)$", check_alert_about, "servers"};

Result<Url> parse_url(std::string_view text) {
  constexpr std::uint16_t kHttpPort = 80;
  constexpr std::uint16_t kHttpsPort = 443;
  const auto malformed = [&] {
    return fail(concat(quoted(text),
                       " is no URL of a webhook; write it like "
                       "\"https://hooks.example.com/hapair\", without a user or a #"));
  };
  Url url;
  url.https = text.starts_with("https://");
  if (!url.https && !text.starts_with("http://")) return malformed();
  std::string_view rest = text.substr(url.https ? 8 : 7);
  const std::size_t end = rest.find_first_of("/?");
  const std::string_view authority = rest.substr(0, end);
  url.target = end == std::string_view::npos ? "/" : std::string(rest.substr(end));
  if (url.target.starts_with('?')) url.target.insert(0, "/");
  const bool clean = text.size() <= kMaxUrl && std::ranges::all_of(url.target, is_visible) &&
                     text.find('#') == std::string_view::npos &&
                     authority.find('@') == std::string_view::npos;
  if (!clean) return malformed();
  // A port is behind the last colon that no bracket follows.
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  const std::string with_port = has_port
                                    ? std::string(authority)
                                    : concat(authority, ":", url.https ? kHttpsPort : kHttpPort);
  auto where = parse_server_address(with_port);
  if (!where) return std::unexpected(where.error());
  url.where = *std::move(where);
  url.authority = authority;
  return url;
}

}  // namespace hapair::config::rules
