#include "liblb/core/rules/template.hpp"

#include <array>
#include <optional>
#include <utility>

#include "common/base/text.hpp"
#include "common/http/chars.hpp"
#include "common/http/cookies.hpp"

namespace hapair::lb::rules {
namespace {

struct Name {
  std::string_view text;
  Variable variable;
};
constexpr std::array kNames = {
    Name{"client_address", Variable::kClientAddress},
    Name{"host", Variable::kHost},
    Name{"path", Variable::kPath},
    Name{"query", Variable::kQuery},
    Name{"target", Variable::kTarget},
    Name{"method", Variable::kMethod},
    Name{"scheme", Variable::kScheme},
    Name{"sni", Variable::kServerName},
};

std::optional<TemplatePart> variable_named(std::string_view name) {
  for (const Name& each : kNames) {
    if (each.text == name) return TemplatePart{.what = each.variable};
  }
  for (const auto& [prefix, variable] :
       {Name{"header:", Variable::kHeader}, Name{"cookie:", Variable::kCookie}}) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view of = name.substr(prefix.size());
    if (!http::all_of(http::kToken, of)) return std::nullopt;
    return TemplatePart{.what = variable, .text = std::string(of)};
  }
  return std::nullopt;
}

void add_text(Template& parts, std::string_view text) {
  if (text.empty()) return;
  if (parts.empty() || parts.back().what != Variable::kText) parts.push_back({});
  parts.back().text += text;
}

/// Two slashes in front would make a host of what follows.
std::string_view single_slashed(std::string_view target) {
  while (target.starts_with("//")) target.remove_prefix(1);
  return target;
}

}  // namespace

base::Result<Template> parse_template(std::string_view text) {
  Template parts;
  while (!text.empty()) {
    const std::size_t percent = text.find('%');
    add_text(parts, text.substr(0, percent));
    if (percent == std::string_view::npos) break;
    text.remove_prefix(percent + 1);
    if (!text.starts_with('{')) {
      add_text(parts, "%");
      if (text.starts_with('%')) text.remove_prefix(1);
      continue;
    }
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos) {
      return base::fail("a \"%{\" has no \"}\"; close it, or write \"%%{\" for the text itself");
    }
    const std::string_view name = text.substr(1, end - 1);
    auto variable = variable_named(name);
    if (!variable) {
      return base::fail(base::concat(
          "%{", base::printable(name),
          "} is no variable; use client_address, host, path, query, target, method, scheme, sni, "
          "header:NAME or cookie:NAME"));
    }
    parts.push_back(*std::move(variable));
    text.remove_prefix(end + 1);
  }
  return parts;
}

void append_rendered(const Template& parts, const Facts& facts, std::string& out) {
  for (const TemplatePart& part : parts) {
    switch (part.what) {
      case Variable::kText:
        out += part.text;
        break;
      case Variable::kClientAddress:
        out += facts.connection.client_text;
        break;
      case Variable::kHost:
        out += facts.host;
        break;
      case Variable::kPath:
        out += facts.path;
        break;
      case Variable::kQuery:
        out += facts.query;
        break;
      case Variable::kTarget:
        if (!facts.head.path.starts_with('/')) out += '/';
        out += single_slashed(facts.head.path);
        break;
      case Variable::kMethod:
        out += facts.head.method_text;
        break;
      case Variable::kScheme:
        out += facts.connection.tls ? "https" : "http";
        break;
      case Variable::kServerName:
        out += facts.connection.server_name;
        break;
      case Variable::kHeader:
        if (const http::Field* field = facts.head.fields.find(part.text)) out += field->value;
        break;
      case Variable::kCookie:
        out += http::find_cookie(facts.head.fields, part.text).value_or(std::string_view());
        break;
    }
  }
}

}  // namespace hapair::lb::rules
