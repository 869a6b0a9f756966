#include "liblb/core/hash_key.hpp"

#include "common/http/cookies.hpp"
#include "common/http/url_text.hpp"
#include "liblb/core/rules/facts.hpp"
#include "liblb/core/stable_hash.hpp"

namespace hapair::lb {
namespace {

/// What one part of the key is in this request; `host` holds it where it is that.
std::optional<std::string_view> find(const HashPart& part, const http::RequestHead& request,
                                     std::string_view client, unsigned depth,
                                     std::optional<rules::HostText>& host) {
  const auto unless_empty = [](std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
  };
  switch (part.kind) {
    case HashPart::Kind::kSource:
      return unless_empty(client);
    case HashPart::Kind::kHost:
      host.emplace().read(request);
      return unless_empty(host->view());
    case HashPart::Kind::kPath:
      if (request.path.empty() && request.form == http::TargetForm::kAbsolute) return "/";
      return unless_empty(path_of(request.path, depth));
    case HashPart::Kind::kUri:
      return unless_empty(request.path);
    case HashPart::Kind::kHeader: {
      const http::Field* field = request.fields.find(part.name);
      return field == nullptr ? std::nullopt : std::optional(field->value);
    }
    case HashPart::Kind::kCookie:
      return http::find_cookie(request.fields, part.name);
    case HashPart::Kind::kQuery:
      return parameter_of(request.path, part.name);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> hash_key(const BalanceSettings& balance,
                                      const http::RequestHead& request, std::string_view client) {
  bool some = false;
  std::uint64_t key = 0;
  std::optional<rules::HostText> host;
  for (const HashPart& part : balance.on) {
    const auto found = find(part, request, client, balance.depth, host);
    // A part begins from what those before it came to, so none can pass for a part of another.
    // One that is missing is not one that is empty.
    key = found ? stable_hash(*found, key) : mixed(key + 1);
    some = some || found.has_value();
  }
  return some ? std::optional(key) : std::nullopt;
}

std::uint64_t hash_key(std::string_view client) { return stable_hash(client); }

std::optional<std::string_view> parameter_of(std::string_view uri, std::string_view name) {
  std::string_view rest = http::split_query(uri).query;
  http::Parameter parameter;
  while (http::next_parameter(rest, parameter)) {
    if (parameter.name == name) return parameter.value;
  }
  return std::nullopt;
}

std::string_view path_of(std::string_view uri, unsigned depth) {
  const std::string_view path = http::split_query(uri).path;
  if (depth == 0) return path;
  std::size_t at = 0;
  for (unsigned part = 0; part < depth && at != std::string_view::npos; ++part) {
    at = path.find('/', at + 1);
  }
  return path.substr(0, at);
}

}  // namespace hapair::lb
