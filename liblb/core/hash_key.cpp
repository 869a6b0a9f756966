#include "liblb/core/hash_key.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "liblb/core/stable_hash.hpp"

namespace hapair::lb {
namespace {

/// Of "name=value" the value, where that is the name.
std::optional<std::string_view> value_in(std::string_view pair, std::string_view name) {
  if (!pair.starts_with(name)) return std::nullopt;
  pair.remove_prefix(name.size());
  if (pair.empty()) return pair;
  if (pair.front() != '=') return std::nullopt;
  return pair.substr(1);
}

/// Cuts the first element off a list.
std::string_view cut_first(std::string_view& list, char separator) {
  const std::size_t end = list.find(separator);
  const std::string_view first = list.substr(0, end);
  list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
  return first;
}

/// Names of hosts have no case; case is folded a few bytes at a time, so nothing is allocated.
std::uint64_t hash_folded(std::string_view text, std::uint64_t seed) {
  char folded[64];
  do {
    const std::size_t length = std::min(text.size(), sizeof folded);
    for (std::size_t i = 0; i < length; ++i) folded[i] = base::ascii_lower(text[i]);
    seed = stable_hash({folded, length}, seed);
    text.remove_prefix(length);
  } while (!text.empty());
  return seed;
}

/// What one part of the key is in this request.
std::optional<std::string_view> find(const HashPart& part, const http::RequestHead& request,
                                     std::string_view client, unsigned depth) {
  const auto unless_empty = [](std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
  };
  switch (part.kind) {
    case HashPart::Kind::kSource:
      return unless_empty(client);
    case HashPart::Kind::kHost:
      return unless_empty(request.host);
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
      return cookie_of(request, part.name);
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
  for (const HashPart& part : balance.on) {
    const auto found = find(part, request, client, balance.depth);
    // A part begins from what those before it came to, so none can pass for a part of another.
    // One that is missing is not one that is empty.
    if (!found) {
      key = mixed(key + 1);
    } else if (part.kind == HashPart::Kind::kHost) {
      key = hash_folded(*found, key);
    } else {
      key = stable_hash(*found, key);
    }
    some = some || found.has_value();
  }
  return some ? std::optional(key) : std::nullopt;
}

std::uint64_t hash_key(std::string_view client) { return stable_hash(client); }

std::optional<std::string_view> cookie_of(const http::RequestHead& request, std::string_view name) {
  for (const http::Field& field : request.fields) {
    if (!base::equals_ignoring_case(field.name, "cookie")) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      const std::string_view pair = base::trim(cut_first(rest, ';'));
      if (pair.find('=') == std::string_view::npos) continue;
      if (const auto value = value_in(pair, name)) return value;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> parameter_of(std::string_view uri, std::string_view name) {
  const std::size_t query = uri.find('?');
  if (query == std::string_view::npos) return std::nullopt;
  for (std::string_view rest = uri.substr(query + 1); !rest.empty();) {
    if (const auto value = value_in(cut_first(rest, '&'), name)) return value;
  }
  return std::nullopt;
}

std::string_view path_of(std::string_view uri, unsigned depth) {
  const std::string_view path = uri.substr(0, uri.find('?'));
  if (depth == 0) return path;
  std::size_t at = 0;
  for (unsigned part = 0; part < depth && at != std::string_view::npos; ++part) {
    at = path.find('/', at + 1);
  }
  return path.substr(0, at);
}

}  // namespace hapair::lb
