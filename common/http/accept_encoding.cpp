#include "common/http/accept_encoding.hpp"

#include "common/base/text.hpp"
#include "common/http/field_rules.hpp"

namespace hapair::http {
namespace {

using base::equals_ignoring_case;

constexpr std::uint16_t kMostLiked = 1000;

std::optional<ContentCoding> coding_of(std::string_view name) {
  if (equals_ignoring_case(name, "gzip") || equals_ignoring_case(name, "x-gzip")) {
    return ContentCoding::kGzip;
  }
  if (equals_ignoring_case(name, "deflate")) return ContentCoding::kDeflate;
  if (equals_ignoring_case(name, "identity")) return ContentCoding::kIdentity;
  return std::nullopt;
}

/// The weight behind a coding; what is no weight makes the element none.
std::optional<std::uint16_t> weight_in(std::string_view parameters) {
  if (parameters.empty()) return kMostLiked;
  parameters = base::trim(parameters);
  if (parameters.size() < 2 || base::ascii_lower(parameters[0]) != 'q' || parameters[1] != '=') {
    return std::nullopt;
  }
  return parse_weight(parameters.substr(2));
}

}  // namespace

std::string_view to_text(ContentCoding coding) {
  switch (coding) {
    case ContentCoding::kIdentity:
      return "identity";
    case ContentCoding::kGzip:
      return "gzip";
    case ContentCoding::kDeflate:
      return "deflate";
  }
  return {};
}

std::optional<std::uint16_t> parse_weight(std::string_view text) {
  constexpr std::size_t kMaxLength = 5;  // 0.123
  if (text.empty() || text.size() > kMaxLength || (text[0] != '0' && text[0] != '1')) {
    return std::nullopt;
  }
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  std::uint16_t weight = text[0] == '1' ? kMostLiked : 0;
  std::uint16_t place = 100;
  for (const char c : text.substr(text.size() > 1 ? 2 : 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    weight = static_cast<std::uint16_t>(weight + (c - '0') * place);
    place = static_cast<std::uint16_t>(place / 10);
  }
  return weight <= kMostLiked ? std::optional(weight) : std::nullopt;
}

void AcceptedCodings::add(std::string_view value) {
  std::string_view element;
  while (next_element(value, element)) {
    const std::size_t semicolon = element.find(';');
    const std::string_view name = base::trim(element.substr(0, semicolon));
    const bool bare = semicolon == std::string_view::npos;
    if (!bare && semicolon + 1 == element.size()) continue;
    const auto weight = weight_in(bare ? std::string_view() : element.substr(semicolon + 1));
    if (!weight) continue;
    if (name == "*") {
      others_ = weight;
    } else if (const auto coding = coding_of(name)) {
      weights_[static_cast<std::size_t>(*coding)] = weight;
    }
  }
}

std::uint16_t AcceptedCodings::weight_of(ContentCoding coding) const {
  const auto& own = weights_[static_cast<std::size_t>(coding)];
  return own ? *own : others_.value_or(0);
}

ContentCoding AcceptedCodings::choose(std::span<const ContentCoding> offered) const {
  ContentCoding best = ContentCoding::kIdentity;
  std::uint16_t most = 0;
  for (const ContentCoding coding : offered) {
    if (weight_of(coding) <= most) continue;
    best = coding;
    most = weight_of(coding);
  }
  const auto& identity = weights_[static_cast<std::size_t>(ContentCoding::kIdentity)];
  return identity && *identity > most ? ContentCoding::kIdentity : best;
}

}  // namespace hapair::http
