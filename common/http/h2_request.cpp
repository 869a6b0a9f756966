#include "common/http/h2_request.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"
#include "common/http/chars.hpp"
#include "common/http/field_rules.hpp"
#include "common/http/framing.hpp"
#include "common/http/head_writer.hpp"
#include "common/http/max_forwards.hpp"
#include "common/http/target.hpp"
#include "common/http/trailers.hpp"

namespace hapair::http {
namespace {

using base::equals_ignoring_case;

constexpr std::array<std::string_view, 5> kPseudoNames{":method", ":scheme", ":authority", ":path",
                                                       ":protocol"};
constexpr std::string_view kWebSocket = "websocket";
constexpr std::string_view kWebSocketKey = "sec-websocket-key";

/// ": " and CRLF.
constexpr std::size_t kLineCost = 4;

bool is_lower_case(std::string_view name) {
  return std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// RFC 9113, section 8.2.1, and for the characters within as strict as in HTTP/1.
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
    case FieldId::kHost:
    case FieldId::kContentLength:
    case FieldId::kTe:
    case FieldId::kExpect:
    case FieldId::kMaxForwards:
      return false;
  }
  return false;
}

std::optional<Fault> judge_fields_alike(std::string_view name, std::string_view value) {
  if (const auto fault = judge_form(name, value)) return fault;
  const FieldId id = identify_field(name);
  if (is_connection_field(id)) return Fault::kConnectionField;
  if (id == FieldId::kTe && !equals_ignoring_case(value, "trailers")) return Fault::kBadTe;
  return std::nullopt;
}

}  // namespace

void H2RequestBuilder::restart(const HeadLimits& limits) {
  limits_ = limits;
  text_.clear();
  entries_.clear();
  std::ranges::fill(given_, false);
  std::ranges::fill(pseudo_, Span{});
  bytes_ = 0;
  cookies_ = 0;
  opens_websocket_ = false;
  fault_.reset();
}

H2RequestBuilder::Span H2RequestBuilder::append(std::string_view part) {
  const Span span{text_.size(), part.size()};
  text_ += part;
  return span;
}

void H2RequestBuilder::add(std::string_view name, std::string_view value) {
  if (fault_) return;
  if (name.size() + value.size() + kLineCost > limits_.max_head - bytes_) {
    fault_ = Fault::kHeadTooLarge;
    return;
  }
  bytes_ += name.size() + value.size() + kLineCost;
  const Span name_span = append(name);
  text_ += ": ";
  const Span value_span = append(value);
  text_ += "\r\n";
  if (name.starts_with(':')) {
    fault_ = take_pseudo(name, value_span);
    return;
  }
  fault_ = judge_field(name, value);
  if (!fault_) entries_.push_back({name_span, value_span});
}

std::optional<Fault> H2RequestBuilder::judge_field(std::string_view name, std::string_view value) {
  if (entries_.size() >= limits_.max_fields) return Fault::kTooManyFields;
  if (const auto fault = judge_fields_alike(name, value)) return fault;
  if (name == "cookie") ++cookies_;
  return std::nullopt;
}

std::optional<Fault> H2RequestBuilder::take_pseudo(std::string_view name, Span value) {
  const auto known = std::ranges::find(kPseudoNames, name);
  if (known == kPseudoNames.end() || !entries_.empty()) return Fault::kBadPseudoField;
  const auto index = static_cast<std::size_t>(known - kPseudoNames.begin());
  if (given_[index]) return Fault::kBadPseudoField;
  given_[index] = true;
  pseudo_[index] = value;
  return std::nullopt;
}

std::optional<Fault> H2RequestBuilder::judge_pseudo(bool websockets) {
  if (!has(kMethod)) return Fault::kBadPseudoField;
  if (!all_of(kToken, value(kMethod))) return Fault::kBadMethod;
  const bool connect = value(kMethod) == "CONNECT";
  if (has(kProtocol)) {  // RFC 8441, section 4
    if (!connect || !websockets) return Fault::kBadPseudoField;
    if (!equals_ignoring_case(value(kProtocol), kWebSocket)) return Fault::kUnknownProtocol;
    opens_websocket_ = true;
  } else if (connect) {  // RFC 9113, section 8.5
    return has(kAuthority) && !has(kScheme) && !has(kPath) ? std::nullopt
                                                           : std::optional(Fault::kBadPseudoField);
  }
  if (!has(kScheme) || !has(kPath)) return Fault::kBadPseudoField;
  if (value(kScheme) != "http" && value(kScheme) != "https") return Fault::kBadScheme;
  if (has(kAuthority) && !is_authority(value(kAuthority))) return Fault::kBadAuthority;
  const std::size_t line = value(kMethod).size() + value(kPath).size() + 12;  // as in HTTP/1
  if (line > limits_.max_start_line) return Fault::kRequestLineTooLong;
  return std::nullopt;
}

void H2RequestBuilder::join_cookies() {
  // RFC 9113, section 8.2.3: what was split for the sake of compression is one field to HTTP/1.
  if (cookies_ < 2) return;
  const auto is_cookie = [this](const Entry& entry) { return view(entry.name) == "cookie"; };
  std::string joined;
  for (const Entry& entry : entries_) {
    if (!is_cookie(entry)) continue;
    if (!joined.empty()) joined += "; ";
    joined += view(entry.value);
  }
  const auto first = std::ranges::find_if(entries_, is_cookie);
  first->value = append(joined);
  entries_.erase(std::remove_if(first + 1, entries_.end(), is_cookie), entries_.end());
}

std::optional<Fault> H2RequestBuilder::fill_fields(RequestHead& head) {
  for (const Entry& entry : entries_) {
    const std::string_view name = view(entry.name);
    if (opens_websocket_ && name == kWebSocketKey) continue;  // ours stands for it
    if (head.fields.full()) return Fault::kTooManyFields;
    head.fields.add({name, view(entry.value), identify_field(name)});
    const Field& field = head.fields.last();
    if (field.id == FieldId::kOther) continue;
    if (field.id == FieldId::kHost) {
      if (head.has_host) return Fault::kSeveralHosts;
      if (!is_authority(field.value)) return Fault::kBadHost;
      head.has_host = true;
      head.host = field.value;
      continue;
    }
    // What is said of lengths and expectations has the meaning it has in HTTP/1.1.
    if (const auto fault = gather_framing(field, Version::kHttp11, head.framing)) return fault;
  }
  return std::nullopt;
}

std::optional<Fault> H2RequestBuilder::judge_whole(const Terms& terms, RequestHead& head) const {
  const bool connect = has(kAuthority) && !has(kPath);
  if (has(kAuthority)) {
    head.authority = value(kAuthority);
    const std::string_view scheme = connect ? std::string_view() : value(kScheme);
    if (head.has_host && !is_same_place(head.authority, head.host, scheme)) {
      return Fault::kHostMismatch;
    }
    head.host = head.authority;
  } else if (!head.has_host) {
    return Fault::kMissingHost;
  }
  if (head.framing.content_length > 0 && terms.ends_stream) return Fault::kLengthMismatch;
  const bool bodiless = head.method == Method::kTrace || connect || opens_websocket_;
  if (bodiless && head.framing.content_length > 0) return Fault::kContentNotAllowed;
  if (head.method == Method::kTrace && !terms.ends_stream) return Fault::kContentNotAllowed;
  if (opens_websocket_ && terms.ends_stream) return Fault::kBadHandshake;
  return judge_max_forwards(head);
}

std::optional<Fault> H2RequestBuilder::finish(const Terms& terms, RequestHead& head) {
  head.clear();
  if (!fault_) fault_ = judge_pseudo(!terms.websocket.empty());
  if (fault_) return fault_;
  join_cookies();
  const bool connect = !has(kPath);
  const Span target = connect ? pseudo_[kAuthority] : pseudo_[kPath];
  // Once and for all that is added below: it is made of parts of the same text.
  text_.reserve(text_.size() + value(kMethod).size() + target.size +
                to_text(Version::kHttp2).size() + 2 + terms.websocket.size());
  Span line_span = append(value(kMethod));
  for (const std::string_view part :
       {std::string_view(" "), view(target), std::string_view(" "), to_text(Version::kHttp2)}) {
    line_span.size += append(part).size;
  }
  const Span key = append(terms.websocket);
  // From here on text_ stays where it is.
  head.version = Version::kHttp2;
  head.line = view(line_span);
  head.method_text = opens_websocket_ ? to_text(Method::kGet) : value(kMethod);
  head.method = parse_method(head.method_text);
  head.target = view(target);
  if (!connect && !head.target.starts_with('/') && head.target != "*") {
    return fault_ = Fault::kBadTargetForm;
  }
  fault_ = parse_target(head);
  if (!fault_) fault_ = fill_fields(head);
  if (!fault_) fault_ = judge_whole(terms, head);
  if (fault_) return fault_;
  if (opens_websocket_) {
    if (head.fields.size() + 2 > FieldList::kCapacity) return fault_ = Fault::kTooManyFields;
    head.fields.add({"Upgrade", kWebSocket, FieldId::kUpgrade});
    head.fields.add({"Sec-WebSocket-Key", view(key), FieldId::kOther});
    head.upgrade = kWebSocket;
    head.framing.upgrade = true;
  } else if (!connect && !terms.ends_stream && !head.framing.has_content_length) {
    head.framing.chunked = true;
  }
  return std::nullopt;
}

std::optional<Fault> add_h2_trailer(std::string_view name, std::string_view value,
                                    std::string& lines) {
  if (name.starts_with(':')) return Fault::kBadPseudoField;
  if (const auto fault = judge_fields_alike(name, value)) return fault;
  if (trailer_goes_on(name)) lines += base::concat(name, ": ", value, "\r\n");
  return std::nullopt;
}

void list_response_fields(const ResponseHead& head, std::optional<std::uint64_t> content_length,
                          std::string& length, std::vector<H2Field>& out) {
  for (const Field& field : head.fields) {
    if (goes_on(field, head.fields, head.framing)) out.push_back({field.name, field.value});
  }
  if (!content_length) return;
  length = base::concat(*content_length);
  out.push_back({"content-length", length});
}

void list_trailer_fields(std::string_view lines, std::vector<H2Field>& out) {
  constexpr std::string_view kLineEnd = "\r\n";
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find(kLineEnd), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(lines.size(), end + kLineEnd.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    out.push_back({line.substr(0, colon), without_blanks(line.substr(colon + 1))});
  }
}

}  // namespace hapair::http
