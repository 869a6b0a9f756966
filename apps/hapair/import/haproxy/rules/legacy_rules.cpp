// Rules that HAProxy has had before http-request and http-response: block, req... and rsp...; see
// proxy_rules.hpp.
#include <algorithm>
#include <array>
#include <utility>

#include "apps/hapair/import/haproxy/rules/patterns.hpp"
#include "apps/hapair/import/haproxy/rules/proxy_rules.hpp"
#include "common/base/text.hpp"
#include "common/http/chars.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

/// "^Name:..." is about fields of that name.
struct FieldPattern {
  std::string name;
  std::string rest;  ///< behind the colon and the blanks
};

std::optional<FieldPattern> field_pattern(std::string_view regex) {
  if (!regex.starts_with('^')) return std::nullopt;
  regex.remove_prefix(1);
  const std::size_t colon = regex.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string name;
  for (std::size_t i = 0; i < colon; ++i) {
    if (regex[i] == '\\' && i + 1 < colon) ++i;
    name += regex[i];
  }
  if (!http::all_of(http::kToken, name)) return std::nullopt;
  regex.remove_prefix(colon + 1);
  for (const std::string_view blank : {"\\ *", " *", "\\s*", "\\ ", " "}) {
    if (!regex.starts_with(blank)) continue;
    regex.remove_prefix(blank.size());
    break;
  }
  return FieldPattern{std::move(name), std::string(regex)};
}

/// Groups are counted from one less: "\2" becomes "\1".
std::optional<std::string> one_group_less(std::string_view with) {
  std::string out;
  for (std::size_t i = 0; i < with.size(); ++i) {
    out += with[i];
    if (with[i] != '\\' || i + 1 == with.size()) continue;
    const char digit = with[++i];
    if (digit == '1' || digit == '0') return std::nullopt;
    out += digit > '1' && digit <= '9' ? static_cast<char>(digit - 1) : digit;
  }
  return out;
}

/// "Name: value" in two.
std::pair<std::string, std::string> field_line(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  return {std::string(base::trim(text.substr(0, colon))),
          std::string(base::trim(text.substr(std::min(colon + 1, text.size()))))};
}

/// The beginning of an expression of the request line, up to the path.
std::optional<std::string_view> behind_method(std::string_view regex) {
  for (const std::string_view front :
       {"^([^\\ :]*)\\ ", "^([^\\ ]*)\\ ", "^([^ :]*) ", "^([^ ]*) ", "^([^\\ :]*) ", "^([^\\ ]*) ",
        "^([^:]*)\\ ", "^(\\w+)\\ ", "^([A-Z]*)\\ ", "^([^ ]*)\\ ", "(.*)\\ ", "^([^ :]*)\\ "}) {
    if (regex.starts_with(front)) return regex.substr(front.size());
  }
  return std::nullopt;
}

}  // namespace

void ProxyRules::legacy(RuleLine& rule) {
  const std::string_view keyword = rule.word(0);
  rule.action = 0;
  if (keyword == "block") {
    deny(rule, 403);
  } else if (keyword.starts_with("req") || keyword.starts_with("rsp")) {
    legacy_edit(rule, keyword);
  } else if (keyword == "declare") {
    marks().not_needed(rule.line.at, "what rules capture has its place in the log by its name");
  } else if (keyword == "force-persist" || keyword == "ignore-persist") {
    cannot(rule, keyword == "force-persist"
                     ? "clients of a server that is down go to another; name it by `use_server`"
                     : "whether clients stay on their servers is said for all of a backend; give "
                       "these a backend of their own");
  } else if (keyword == "filter") {
    const std::string_view which = rule.word(1);
    if (which == "compression" || which == "cache" || which == "trace") {
      marks().not_needed(rule.line.at, "hapair has no filters to put in order");
    } else {
      cannot(rule,
             "hapair runs no filters; ask a service by `forward_auth`, or let the server do it");
    }
  } else {
    cannot(rule, concat("hapair has nothing like ", base::printable(keyword, 64)));
  }
}

void ProxyRules::legacy_edit(RuleLine& rule, std::string_view keyword) {
  const bool response = keyword.starts_with("rsp");
  std::string_view what = keyword.substr(3);
  const bool ignore_case = what.starts_with('i');
  if (ignore_case) what.remove_prefix(1);
  if (response) rule.stage = Stage::kResponse;
  if (what == "add") {
    const auto [name, value] = field_line(rule.word(1));
    edit_field(rule, response ? "add_response_header" : "add_header", name, plain_text(value));
    return;
  }
  if (what == "del") {
    const auto field = field_pattern(rule.word(1));
    const bool whole =
        field && (field->rest.empty() || field->rest == ".*" || field->rest == "(.*)");
    if (whole) {
      remove_field(rule, response ? "remove_response_header" : "remove_header", field->name);
    } else {
      cannot(rule, "fields are taken off by their names (`remove_header`); write each");
    }
    return;
  }
  if (what == "rep" && !response) {
    legacy_replace(rule, ignore_case);
    return;
  }
  if (what == "tarpit" || what == "deny" || what == "allow" || what == "pass") {
    rule.guards = what != "pass";
    cannot(rule,
           "expressions over whole lines of a request are not made; write http-request rules "
           "with path, method and hdr");
    return;
  }
  cannot(rule,
         response
             ? "fields of responses are set or taken off whole; let the server know how clients "
               "reach it (`forwarded_headers`)"
             : "expressions over whole lines of a request are not made; write http-request "
               "rules");
}

void ProxyRules::legacy_replace(RuleLine& rule, bool ignore_case) {
  const std::string_view regex = rule.word(1);
  const std::string_view with = rule.word(2);
  if (const auto path = behind_method(regex)) {
    std::string_view to = with;
    for (const std::string_view front : {"\\1\\ ", "\\1 "}) {
      if (!to.starts_with(front)) continue;
      to.remove_prefix(front.size());
      break;
    }
    const auto shifted = one_group_less(to);
    if (to.size() != with.size() && shifted && shifted->starts_with('/')) {
      std::string pattern(*path);
      // The rest of the line, with the query and the version, is no part of the path.
      if (pattern.ends_with("\\ HTTP/.*") || pattern.ends_with(" HTTP/.*")) {
        pattern.resize(pattern.rfind(pattern.ends_with("\\ HTTP/.*") ? "\\ HTTP" : " HTTP"));
      }
      rule.remarks.changed.emplace_back("is made of the path, and the query stays as it is");
      rewrite_path(rule, cased(concat("^", pattern), ignore_case), *shifted, false);
      return;
    }
  }
  const auto field = field_pattern(regex);
  const auto [name, value] = field_line(with);
  if (field && base::equals_ignoring_case(field->name, name)) {
    replace_field(rule, name, cased(concat("^", field->rest), ignore_case), value, true);
    return;
  }
  cannot(rule,
         "expressions over whole lines of a request are not made; write http-request "
         "replace-path or replace-header");
}

}  // namespace hapair::importing::haproxy
