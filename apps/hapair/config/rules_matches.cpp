#include "apps/hapair/config/rules_matches.hpp"

#include <algorithm>
#include <string>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_text.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/text.hpp"
#include "common/http/chars.hpp"
#include "common/http/head.hpp"
#include "common/http/url_text.hpp"
#include "common/text/regex.hpp"
#include "liblb/core/rules/template.hpp"

namespace hapair::config::rules {
namespace {

using base::concat;
using base::fail;
using base::Result;

constexpr std::size_t kMaxText = 1024;

bool is_plain(std::string_view text) {
  return text.size() <= kMaxText && http::find_forbidden_control(text) == text.size();
}

Result<void> check_match_host(std::string_view text) {
  std::string_view address = text;
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  } else if (address.find(':') != std::string_view::npos) {
    return fail(concat(quoted(text),
                       " is no host; leave the port out, and write an IPv6 address in "
                       "brackets"));
  }
  if (base::IpAddress::parse(address)) return {};
  return kSniName.check(text);
}

Result<void> check_match_path(std::string_view text) {
  if (!text.starts_with('/') || text.size() > kMaxText || !http::all_of(http::kPathChar, text)) {
    return fail(concat(quoted(text), " is no path; begin it with /, and leave the query out"));
  }
  std::string buffer;
  const auto normal = http::normal_path(text, buffer);
  if (normal && *normal == text) return {};
  if (normal) {
    return fail(concat(quoted(text),
                       " never matches: paths are compared in their normal form; "
                       "write \"",
                       *normal, "\""));
  }
  return fail(concat(quoted(text),
                     " can be read in two ways, and such requests are refused before "
                     "any rule; leave it out"));
}

Result<void> check_path_suffix(std::string_view text) {
  if (text.size() <= kMaxText && http::all_of(http::kPathChar, text)) return {};
  return fail(concat(quoted(text), " is no end of a path; write one such as \".php\""));
}

Result<void> check_regex(std::string_view text) {
  if (text.empty() || text.size() > kMaxText) {
    return fail(concat("a regular expression has 1 to ", kMaxText, " bytes"));
  }
  const auto compiled = text::Regex::compile(text, text::Regex::Anchors::kText);
  if (compiled) return {};
  return fail(concat(compiled.error().message, "; write one of PCRE2"));
}

Result<void> check_method(std::string_view text) {
  if (text.size() <= 32 && http::all_of(http::kToken, text)) return {};
  return fail(concat(quoted(text), " is no method; write one such as \"GET\""));
}

Result<void> check_value_name(std::string_view text) {
  if (!text.empty() && text.size() <= 128 && std::ranges::all_of(text, is_visible)) return {};
  return fail(concat(quoted(text), " is no name; write 1 to 128 visible characters"));
}

Result<void> check_short_text(std::string_view text) {
  if (is_plain(text)) return {};
  return fail(concat("the text has control characters, or more than ", kMaxText, " bytes"));
}

Result<void> check_tls_version(std::string_view text) {
  if (text == "1.2" || text == "1.3") return {};
  return fail(concat(quoted(text), " is no version of TLS; use \"1.2\" or \"1.3\""));
}

Result<void> check_day(std::string_view text) {
  if (std::ranges::find(kDays, text) != kDays.end()) return {};
  return fail(concat(quoted(text), " is no day; use mon, tue, wed, thu, fri, sat or sun"));
}

Result<void> check_time_of_day(std::string_view text) {
  const auto digit = [&](std::size_t at) { return is_digit(text[at]); };
  const bool formed = text.size() == 5 && text[2] == ':' && digit(0) && digit(1) && digit(3) &&
                      digit(4) && text[3] <= '5';
  if (formed && (text.substr(0, 2) <= "23" || text == "24:00")) return {};
  return fail(concat(quoted(text), " is no time of day; write one such as \"08:30\", in UTC"));
}

Result<void> check_template(std::string_view text) {
  if (auto plain = check_short_text(text); !plain) return plain;
  return check_by<lb::rules::parse_template>(text);
}

std::unexpected<base::Error> no_part_of_path(std::string_view text) {
  return fail(concat(quoted(text),
                     " does not fit a path, in which no blank and none of ? # \" < > \\ may stand; "
                     "the query is for set_query"));
}

Result<void> check_replacement(std::string_view text) {
  if (auto plain = check_short_text(text); !plain) return plain;
  if (text.find("%{") != std::string_view::npos) {
    return fail(concat(quoted(text),
                       " goes into the path as it is written; texts with %{...} are for set_path"));
  }
  const auto fits = [](char c) { return c == '\\' || http::is(http::kPathChar, c); };
  if (!std::ranges::all_of(text, fits)) return no_part_of_path(text);
  return {};
}

Result<void> check_path_template(std::string_view text) {
  if (auto plain = check_template(text); !plain) return plain;
  if (!text.starts_with('/') && !text.starts_with("%{")) {
    return fail(concat(quoted(text), " is no path; begin it with /"));
  }
  const lb::rules::Template parts = lb::rules::parse_template(text).value();
  for (const lb::rules::TemplatePart& part : parts) {
    if (part.what != lb::rules::Variable::kText) continue;
    if (!http::all_of(http::kPathChar, part.text)) return no_part_of_path(text);
  }
  return {};
}

Result<void> check_query_template(std::string_view text) {
  if (auto plain = check_template(text); !plain) return plain;
  if (text.starts_with('?')) {
    return fail(
        concat(quoted(text), " begins with the mark that is put before a query; leave it out"));
  }
  return {};
}

Result<void> check_map_key(std::string_view text) {
  if (text.size() <= 140 && std::ranges::all_of(text, is_visible)) {
    return check_by<lb::rules::parse_map_key>(text);
  }
  return fail(concat(quoted(text),
                     " is no key for a map; write up to 140 visible characters, such as "
                     "\"host\""));
}

Result<void> check_edited_field(std::string_view text) {
  if (text.size() > 64 || !http::all_of(http::kToken, text)) {
    return fail(concat(quoted(text), " is no name of a header field"));
  }
  const http::FieldId id = http::identify_field(text);
  if (id == http::FieldId::kOther || id == http::FieldId::kHost) return {};
  return fail(concat(quoted(text),
                     " says where a message ends or is for the next hop only, and is "
                     "written anew; rules can't change it"));
}

Result<void> check_edit_line(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return fail(concat(quoted(text), " is no header field; write \"Name: text\""));
  }
  if (auto name = check_edited_field(text.substr(0, colon)); !name) return name;
  return check_template(text.substr(colon + 1));
}

bool is_host(std::string_view name) { return base::equals_ignoring_case(name, "Host"); }

Result<void> check_added_line(std::string_view text) {
  if (is_host(text.substr(0, text.find(':')))) {
    return fail("a request has one Host; put it in place of the client's with set_header");
  }
  return check_edit_line(text);
}

Result<void> check_removed_field(std::string_view text) {
  if (is_host(text)) {
    return fail("a request without Host is none; set_header puts another one in its place");
  }
  return check_edited_field(text);
}

Result<void> check_server_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && kName.check(text.substr(0, slash)) &&
      kName.check(text.substr(slash + 1))) {
    return {};
  }
  return fail(concat(quoted(text), " names no server; write \"BACKEND/SERVER\""));
}

Result<void> check_capture_name(std::string_view text) {
  const auto fits = [](char c) { return is_alnum(c) || c == '-' || c == '_'; };
  if (!text.empty() && text.size() <= 32 && std::ranges::all_of(text, fits)) return {};
  return fail(concat(quoted(text), " is no name; write 1 to 32 letters, digits, '-' and '_'"));
}

Result<void> check_media_type(std::string_view text) {
  if (!text.empty() && text.size() <= 128 && is_plain(text) &&
      text.find('/') != std::string_view::npos && http::without_blanks(text) == text) {
    return {};
  }
  return fail(concat(quoted(text), " is no media type; write one such as \"text/html\""));
}

}  // namespace

const TextRule kMatchHost{
    "^(\\[[0-9A-Fa-f:.]{2,45}\\]|(\\*\\.)?[A-Za-z0-9_-][A-Za-z0-9_.-]{0,252})$", check_match_host,
    "*.app.example"};
const TextRule kMatchPath{"^/[!-~]{0,1023}$", check_match_path, "/api/"};
const TextRule kPathSuffix{"^[!-~]{1,1024}$", check_path_suffix, ".php"};
const TextRule kRegex{"^[\\s\\S]{1,1024}$", check_regex, "^/user/([0-9]+)$"};
const TextRule kMethodName{"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$", check_method, "GET"};
const TextRule kValueName{"^[!-~]{1,128}$", check_value_name, "session"};
const TextRule kShortText{"^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]{0,1024}$", check_short_text,
                          "1"};
const TextRule kTlsVersion{"^1\\.[23]$", check_tls_version, "1.3"};
const TextRule kDay{"^(mon|tue|wed|thu|fri|sat|sun)$", check_day, "mon"};
const TextRule kTimeOfDay{"^([01][0-9]|2[0-4]):[0-5][0-9]$", check_time_of_day, "08:30"};
const TextRule kTemplate{"^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]{0,1024}$", check_template,
                         "https://%{host}%{target}"};
const TextRule kPathTemplate{"^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]{0,1024}$",
                             check_path_template, "/app%{path}"};
const TextRule kQueryTemplate{"^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]{0,1024}$",
                              check_query_template, "%{query}&v=1"};
const TextRule kMapKey{"^[!-~]{1,140}$", check_map_key, "host"};
const TextRule kEditedField{"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$", check_edited_field, "X-Client"};
const TextRule kEditLine{
    "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}:[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]{0,1024}$",
    check_edit_line, "X-Client: %{client_address}"};
const TextRule kAddedLine{
    "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}:[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]{0,1024}$",
    check_added_line, "X-Client: %{client_address}"};
const TextRule kRemovedField{"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$", check_removed_field, "X-Debug"};
const TextRule kReplacement{"^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]{0,1024}$", check_replacement,
                            "/users/\\1"};
const TextRule kMediaType{"^[ -~]{1,128}$", check_media_type, "text/html; charset=utf-8"};
const TextRule kServerOf{"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}/[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
                         check_server_of, "app/s1"};
const TextRule kCaptureName{"^[A-Za-z0-9_-]{1,32}$", check_capture_name, "tenant"};
const TextRule kBodyText{.pattern = "^[\\s\\S]{0,65536}$",
                         .check = check_any,
                         .example = "maintenance",
                         .raw = true,
                         .max_bytes = 65536};

}  // namespace hapair::config::rules
