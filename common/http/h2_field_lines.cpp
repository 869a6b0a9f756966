#include "common/http/h2_field_lines.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "common/http/chars.hpp"

namespace hapair::http {
namespace {

/// ": " and CRLF.
constexpr std::size_t kLineCost = 4;

bool is_lower_case(std::string_view name) {
  return std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::optional<Fault> judge_form(std::string_view name, std::string_view value) {
  if (!all_of(kToken, name)) return Fault::kBadFieldName;
  if (!is_lower_case(name)) return Fault::kUpperCaseName;
  if (find_forbidden_control(value) != value.size()) return Fault::kControlCharacter;
  if (without_blanks(value).size() != value.size()) return Fault::kBlankAroundValue;
  return std::nullopt;
}

/// RFC 9113, section 8.2.2.
bool is_connection_field(FieldId id) {
  switch (id) {
    case FieldId::kConnection:
    case FieldId::kKeepAlive:
    case FieldId::kProxyConnection:
    case FieldId::kTransferEncoding:
    case FieldId::kUpgrade:
    case FieldId::kHttp2Settings:
      return true;
    case FieldId::kOther:
    case FieldId::kMadeHere:
    case FieldId::kHost:
    case FieldId::kContentLength:
    case FieldId::kTe:
    case FieldId::kExpect:
    case FieldId::kMaxForwards:
      return false;
  }
  return false;
}

}  // namespace

std::optional<Fault> judge_h2_field(std::string_view name, std::string_view value) {
  if (const auto fault = judge_form(name, value)) return fault;
  const FieldId id = identify_field(name);
  if (is_connection_field(id)) return Fault::kConnectionField;
  if (id == FieldId::kTe && !base::equals_ignoring_case(value, "trailers")) return Fault::kBadTe;
  return std::nullopt;
}

void H2FieldLines::restart(const HeadLimits& limits) {
  limits_ = limits;
  text_.clear();
  entries_.clear();
  bytes_ = 0;
}

H2FieldLines::Span H2FieldLines::append(std::string_view part) {
  const Span span{text_.size(), part.size()};
  text_ += part;
  return span;
}

std::optional<Fault> H2FieldLines::take(std::string_view name, std::string_view value,
                                        Entry& entry) {
  if (name.size() + value.size() + kLineCost > limits_.max_head - bytes_) {
    return Fault::kHeadTooLarge;
  }
  bytes_ += name.size() + value.size() + kLineCost;
  entry.name = append(name);
  text_ += ": ";
  entry.value = append(value);
  text_ += "\r\n";
  return std::nullopt;
}

std::optional<Fault> H2FieldLines::enter(const Entry& entry) {
  if (entries_.size() >= limits_.max_fields) return Fault::kTooManyFields;
  if (const auto fault = judge_h2_field(view(entry.name), view(entry.value))) return fault;
  entries_.push_back(entry);
  return std::nullopt;
}

}  // namespace hapair::http
