#include "liblb/core/rules/template.hpp"

#include <array>
#include <optional>
#include <utility>

#include "common/base/text.hpp"
#include "common/http/chars.hpp"
#include "common/http/cookies.hpp"
#include "common/http/url_text.hpp"
#include "liblb/core/rules/shelf.hpp"

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

/// Of "map:NAME:KEY" what stands behind "map:".
base::Result<TemplatePart> map_value(std::string_view text) {
  const std::string_view name = base::take_part(text, ':');
  if (name.empty()) return base::fail("%{map:...} names no map; write %{map:NAME:KEY}");
  auto part = parse_map_key(text);
  if (part) part->map.emplace().name = name;
  return part;
}

base::Result<TemplatePart> part_named(std::string_view name) {
  constexpr std::string_view kMap = "map:";
  if (name.starts_with(kMap)) return map_value(name.substr(kMap.size()));
  auto variable = variable_named(name);
  if (variable) return *std::move(variable);
  return base::fail(base::concat(
      "%{", base::printable(name),
      "} is no variable; use client_address, host, path, query, target, method, scheme, sni, "
      "header:NAME, cookie:NAME or map:NAME:KEY"));
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

void append_parameter(std::string_view query, std::string_view name, std::string& out) {
  http::Parameter parameter;
  while (http::next_parameter(query, parameter)) {
    if (!http::decodes_to(parameter.name, name)) continue;
    http::append_decoded(parameter.value, out);
    return;
  }
}

/// The text itself, or what the request says.
void append_said(const TemplatePart& part, const Facts& facts, std::string& out) {
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
    case Variable::kParameter:
      append_parameter(facts.query, part.text, out);
      break;
  }
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
    auto part = part_named(text.substr(1, end - 1));
    if (!part) return std::unexpected(part.error());
    parts.push_back(*std::move(part));
    text.remove_prefix(end + 1);
  }
  return parts;
}

base::Result<TemplatePart> parse_map_key(std::string_view text) {
  constexpr std::string_view kParameter = "query:";
  if (text == "source") return TemplatePart{.what = Variable::kClientAddress};
  if (text.starts_with(kParameter) && text.size() > kParameter.size()) {
    return TemplatePart{.what = Variable::kParameter,
                        .text = std::string(text.substr(kParameter.size()))};
  }
  auto variable = variable_named(text);
  if (variable) return *std::move(variable);
  return base::fail(base::concat(
      "'", base::printable(text),
      "' is nothing that a map can be asked for; use source, host, path, query, target, method, "
      "scheme, sni, header:NAME, cookie:NAME or query:NAME"));
}

std::optional<Map::Value> look_up(const TemplatePart& part, const Facts& facts) {
  const Shelf* const shelf = facts.surroundings.shelf();
  const Map* const map = shelf != nullptr ? shelf->map(part.map->place) : nullptr;
  if (map == nullptr) return std::nullopt;
  std::string key;
  append_said(part, facts, key);
  return map->find(key);
}

void append_rendered(const Template& parts, const Facts& facts, std::string& out) {
  for (const TemplatePart& part : parts) {
    if (!part.map) {
      append_said(part, facts, out);
    } else if (const auto value = look_up(part, facts)) {
      out += value->text;
    }
  }
}

}  // namespace hapair::lb::rules
