#include "apps/hapair/config/rules_balance.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_text.hpp"
#include "common/base/text.hpp"

namespace hapair::config::rules {
namespace {

using base::concat;
using base::fail;
using base::Result;
using lb::Algorithm;
using lb::HashPart;

struct NamedAlgorithm {
  std::string_view name;
  Algorithm algorithm;
};

constexpr std::array kAlgorithms = {
    NamedAlgorithm{"roundrobin", Algorithm::kRoundRobin},
    NamedAlgorithm{"static", Algorithm::kStatic},
    NamedAlgorithm{"leastconn", Algorithm::kLeastConnections},
    NamedAlgorithm{"random", Algorithm::kRandom},
    NamedAlgorithm{"first", Algorithm::kFirst},
};

struct NamedPart {
  std::string_view name;
  HashPart::Kind kind;
};

constexpr std::array kParts = {
    NamedPart{"source", HashPart::Kind::kSource},
    NamedPart{"host", HashPart::Kind::kHost},
    NamedPart{"path", HashPart::Kind::kPath},
    NamedPart{"uri", HashPart::Kind::kUri},
};

/// Each needs a name behind it.
constexpr std::array kNamedParts = {
    NamedPart{"header:", HashPart::Kind::kHeader},
    NamedPart{"cookie:", HashPart::Kind::kCookie},
    NamedPart{"query:", HashPart::Kind::kQuery},
};

constexpr std::string_view kPartsText =
    "\"source\", \"host\", \"path\", \"uri\", \"header:NAME\", \"cookie:NAME\" or \"query:NAME\"";
constexpr std::size_t kMaxNameBytes = 64;

/// "; did you mean ...?", or nothing.
std::string suggestion(std::string_view text) {
  std::vector<std::string_view> known;
  for (const NamedAlgorithm& each : kAlgorithms) known.push_back(each.name);
  for (const NamedPart& each : kParts) known.push_back(each.name);
  const auto meant = base::nearest_word(text, known);
  return meant ? concat("; did you mean \"", *meant, "\"?") : std::string();
}

bool is_named(HashPart::Kind kind, std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  if (kind == HashPart::Kind::kHeader) return kAnyFieldName.check(name).has_value();
  return std::ranges::all_of(
      name, [](char c) { return is_visible(c) && c != '=' && c != ';' && c != '&'; });
}

/// nullopt where it is none.
std::optional<HashPart> part_of(std::string_view text) {
  const auto plain = std::ranges::find(kParts, text, &NamedPart::name);
  if (plain != kParts.end()) return HashPart{.kind = plain->kind};
  for (const NamedPart& each : kNamedParts) {
    if (!text.starts_with(each.name)) continue;
    const std::string_view name = text.substr(each.name.size());
    if (is_named(each.kind, name)) return HashPart{.kind = each.kind, .name = std::string(name)};
  }
  return std::nullopt;
}

}  // namespace

const TextRule kBalance{
    "^(roundrobin|static|leastconn|random|first|source|host|path|uri|(header|cookie|query):.+)$",
    check_by<parse_balance>, "leastconn"};
const TextRule kHashPart{"^(source|host|path|uri|(header|cookie|query):.+)$",
                         check_by<parse_hash_part>, "header:X-User"};

std::string_view name_of(Algorithm algorithm) {
  const auto named = std::ranges::find(kAlgorithms, algorithm, &NamedAlgorithm::algorithm);
  return named == kAlgorithms.end() ? std::string_view() : named->name;
}

Result<lb::BalanceSettings> parse_balance(std::string_view text) {
  lb::BalanceSettings balance;
  balance.text = std::string(text);
  const auto named = std::ranges::find(kAlgorithms, text, &NamedAlgorithm::name);
  if (named != kAlgorithms.end()) {
    balance.algorithm = named->algorithm;
    return balance;
  }
  auto part = part_of(text);
  if (!part) {
    return fail(concat("\"", base::printable(text, 64), "\" is not known here; use ",
                       "\"roundrobin\", \"static\", \"leastconn\", \"random\", \"first\", ",
                       kPartsText, suggestion(text)));
  }
  balance.algorithm = Algorithm::kHash;
  balance.on.push_back(*std::move(part));
  return balance;
}

Result<HashPart> parse_hash_part(std::string_view text) {
  if (auto part = part_of(text)) return *std::move(part);
  return fail(concat("\"", base::printable(text, 64), "\" is no part of a request to hash; use ",
                     kPartsText, suggestion(text)));
}

}  // namespace hapair::config::rules
