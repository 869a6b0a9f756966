#include "apps/hapair/config/rules_auth.hpp"

#include <algorithm>

#include "apps/hapair/config/rules_matches.hpp"
#include "apps/hapair/config/rules_text.hpp"
#include "common/base/text.hpp"
#include "common/http/head.hpp"
#include "liblb/core/rules/user_list.hpp"

namespace hapair::config::rules {
namespace {

using base::concat;
using base::fail;
using base::Result;

constexpr std::string_view kForwarded = "x-forwarded-";

Result<void> check_realm(std::string_view text) {
  const auto fits = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (!text.empty() && text.size() <= 64 && std::ranges::all_of(text, fits)) return {};
  return fail(
      concat(quoted(text), " is no realm; use 1 to 64 characters of ASCII without \" and \\"));
}

Result<void> check_told_field(std::string_view text) {
  if (auto edited = kEditedField.check(text); !edited) return edited;
  if (http::identify_field(text) != http::FieldId::kHost) return {};
  return fail("an auth service can't tell another Host; use set_header in the rule");
}

Result<void> check_asked_field(std::string_view text) {
  if (auto told = check_told_field(text); !told) {
    return http::identify_field(text) != http::FieldId::kHost
               ? told
               : fail("an auth service sees the Host as X-Forwarded-Host; remove it here");
  }
  if (!base::ascii_lowered(text).starts_with(kForwarded)) return {};
  return fail(concat(quoted(text),
                     " is a field that the auth service gets from this node, never from the "
                     "client; remove it"));
}

}  // namespace

const TextRule kUserEntry{
    "^[^:\\u0000-\\u001f\\u007f]{1,128}:\\$(2b|2y|5|6|y)\\$[./0-9A-Za-z$=]{20,200}$",
    lb::rules::check_user_line,
    "alice:$6$Yw3bTq9sLm0xRk2f$yz7q1kIkO3NAPJtePRFMLsccwCHrwek5XQ/wa9PlwQx"
    "Ze5RJCZez1ZyUsmQTOBkO5GVAo3Z8n7UN0NAqjhmac0"};
const TextRule kRealm{"^[ !#-\\[\\]-~]{1,64}$", check_realm, "login"};
const TextRule kAskedField{"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$", check_asked_field, "X-Device"};
const TextRule kToldField{"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$", check_told_field, "X-User"};

}  // namespace hapair::config::rules
