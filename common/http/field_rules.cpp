#include "common/http/field_rules.hpp"

#include <cstdint>
#include <limits>

#include "common/base/text.hpp"
#include "common/http/chars.hpp"

namespace hapair::http {
namespace {

using base::equals_ignoring_case;

/// Why a line whose longest token prefix is `name_size` bytes is no field line.
Fault fault_in_name(std::string_view line, std::size_t name_size) {
  if (name_size == 0 && is_blank(line.front())) return Fault::kFoldedField;
  if (line.find(':') == std::string_view::npos) return Fault::kNoColon;
  if (name_size == 0) return Fault::kBadFieldName;
  const std::size_t after_blanks = line.find_first_not_of(" \t", name_size);
  return after_blanks != name_size && line[after_blanks] == ':' ? Fault::kSpaceBeforeColon
                                                                : Fault::kBadFieldName;
}

std::optional<Fault> gather_content_length(std::string_view value, FramingFacts& facts) {
  // RFC 9112, section 6.3, item 5 lets a recipient merge equal values; peers differ there, so no.
  if (facts.has_content_length) return Fault::kSeveralContentLengths;
  if (facts.chunked) return Fault::kLengthAndEncoding;
  // Leading zeros, which the grammar allows, are octal to some peers.
  if (value.size() > 1 && value.front() == '0') return Fault::kBadContentLength;
  const std::optional<std::uint64_t> length = base::parse_unsigned(value);
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!length || *length > kMax) return Fault::kBadContentLength;
  facts.has_content_length = true;
  facts.content_length = *length;
  return std::nullopt;
}

/// Whether `value` lists other codings and then chunked, once and last.
bool ends_with_single_chunked(std::string_view value) {
  std::string_view coding;
  std::size_t others = 0;
  while (next_element(value, coding)) {
    const std::string_view name = coding.substr(0, span_of(kToken, coding));
    if (equals_ignoring_case(name, "chunked")) {
      return others > 0 && name.size() == coding.size() && !next_element(value, coding);
    }
    if (name.empty()) return false;
    ++others;
  }
  return false;
}

std::optional<Fault> gather_transfer_encoding(std::string_view value, Version version,
                                              FramingFacts& facts) {
  if (version == Version::kHttp10) return Fault::kEncodingInHttp10;
  if (facts.has_content_length) return Fault::kLengthAndEncoding;
  if (facts.chunked) return Fault::kBadTransferEncoding;
  if (!equals_ignoring_case(value, "chunked")) {
    return ends_with_single_chunked(value) ? Fault::kUnknownTransferCoding
                                           : Fault::kBadTransferEncoding;
  }
  facts.chunked = true;
  return std::nullopt;
}

/// RFC 9110, section 10.1.4. Codings are a matter between neighbours: they end here.
void gather_te(std::string_view value, FramingFacts& facts) {
  std::string_view coding;
  while (next_element(value, coding)) {
    if (equals_ignoring_case(coding, "trailers")) facts.takes_trailers = true;
  }
}

std::optional<Fault> gather_connection(std::string_view value, FramingFacts& facts) {
  std::string_view option;
  while (next_element(value, option)) {
    if (!all_of(kToken, option)) return Fault::kBadConnection;
    if (++facts.connection_options > kMaxConnectionOptions) {
      return Fault::kTooManyConnectionOptions;
    }
    if (equals_ignoring_case(option, "keep-alive")) {
      facts.keep_alive = true;
    } else if (equals_ignoring_case(option, "close")) {
      facts.close = true;
    } else if (equals_ignoring_case(option, "upgrade")) {
      facts.upgrade = true;
    } else {
      facts.nominates_others = true;
    }
  }
  return std::nullopt;
}

}  // namespace

bool next_element(std::string_view& list, std::string_view& element) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    element = without_blanks(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    if (!element.empty()) return true;
  }
  return false;
}

std::optional<Fault> add_field_line(std::string_view line, FieldList& fields) {
  const std::size_t name_size = span_of(kToken, line);
  if (name_size == 0 || name_size == line.size() || line[name_size] != ':') {
    return fault_in_name(line, name_size);
  }
  const std::string_view name = line.substr(0, name_size);
  const std::string_view rest = line.substr(name_size + 1);
  const std::string_view value = without_blanks(rest);
  const bool one_space = rest.size() == value.size() + 1 && rest.front() == ' ';
  fields.add({name, value, identify_field(name), one_space});
  return std::nullopt;
}

std::optional<Fault> gather_framing(const Field& field, Version version, FramingFacts& facts) {
  switch (field.id) {
    case FieldId::kContentLength:
      return gather_content_length(field.value, facts);
    case FieldId::kTransferEncoding:
      return gather_transfer_encoding(field.value, version, facts);
    case FieldId::kConnection:
      return gather_connection(field.value, facts);
    case FieldId::kExpect:
      // RFC 9110, section 10.1.1: ignored when it comes from HTTP/1.0.
      if (version == Version::kHttp11 && equals_ignoring_case(field.value, "100-continue")) {
        facts.expect_continue = true;
      }
      return std::nullopt;
    case FieldId::kTe:
      if (version == Version::kHttp11) gather_te(field.value, facts);
      return std::nullopt;
    case FieldId::kOther:
    case FieldId::kMadeHere:
    case FieldId::kHost:
    case FieldId::kKeepAlive:
    case FieldId::kProxyConnection:
    case FieldId::kUpgrade:
    case FieldId::kHttp2Settings:
    case FieldId::kMaxForwards:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace hapair::http
