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
#include "common/http/upgrade.hpp"

namespace hapair::http {
namespace {

using base::equals_ignoring_case;

constexpr std::array<std::string_view, 5> kPseudoNames{":method", ":scheme", ":authority", ":path",
                                                       ":protocol"};
constexpr std::size_t kMaxTrailers = 8192;  // bytes of lines

}  // namespace

void H2RequestBuilder::restart(const HeadLimits& limits) {
  lines_.restart(limits);
  std::ranges::fill(given_, false);
  std::ranges::fill(pseudo_, Span{});
  cookies_ = 0;
  opens_websocket_ = false;
  fault_.reset();
}

void H2RequestBuilder::add(std::string_view name, std::string_view value) {
  if (fault_) return;
  Entry entry;
  fault_ = lines_.take(name, value, entry);
  if (!fault_) fault_ = name.starts_with(':') ? take_pseudo(name, entry.value) : take_field(entry);
}

std::optional<Fault> H2RequestBuilder::take_field(const Entry& entry) {
  if (const auto fault = lines_.enter(entry)) return fault;
  if (view(entry.name) == "cookie") ++cookies_;
  return std::nullopt;
}

std::optional<Fault> H2RequestBuilder::take_pseudo(std::string_view name, Span value) {
  const auto known = std::ranges::find(kPseudoNames, name);
  if (known == kPseudoNames.end() || !lines_.entries().empty()) {
    return Fault::kBadPseudoField;
  }
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
    if (!equals_ignoring_case(value(kProtocol), kWebSocketName)) return Fault::kUnknownProtocol;
    opens_websocket_ = true;
  } else if (connect) {  // RFC 9113, section 8.5
    return has(kAuthority) && !has(kScheme) && !has(kPath) ? std::nullopt
                                                           : std::optional(Fault::kBadPseudoField);
  }
  if (!has(kScheme) || !has(kPath)) return Fault::kBadPseudoField;
  if (value(kScheme) != "http" && value(kScheme) != "https") return Fault::kBadScheme;
  if (has(kAuthority) && !is_authority(value(kAuthority))) return Fault::kBadAuthority;
  const std::size_t line = value(kMethod).size() + value(kPath).size() + 12;  // as in HTTP/1
  if (line > lines_.limits().max_start_line) return Fault::kRequestLineTooLong;
  return std::nullopt;
}

void H2RequestBuilder::join_cookies() {
  // RFC 9113, section 8.2.3: what was split for the sake of compression is one field to HTTP/1.
  if (cookies_ < 2) return;
  const auto is_cookie = [this](const Entry& entry) { return view(entry.name) == "cookie"; };
  std::vector<Entry>& entries = lines_.entries();
  std::string joined;
  for (const Entry& entry : entries) {
    if (!is_cookie(entry)) continue;
    if (!joined.empty()) joined += "; ";
    joined += view(entry.value);
  }
  const auto first = std::ranges::find_if(entries, is_cookie);
  first->value = lines_.append(joined);
  entries.erase(std::remove_if(first + 1, entries.end(), is_cookie), entries.end());
}

std::optional<Fault> H2RequestBuilder::fill_fields(RequestHead& head) {
  for (const Entry& entry : lines_.entries()) {
    const std::string_view name = view(entry.name);
    if (opens_websocket_ && equals_ignoring_case(name, kWebSocketKeyField))
      continue;  // ours stands for it
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
  lines_.reserve(value(kMethod).size() + target.size + to_text(Version::kHttp2).size() + 2 +
                 terms.websocket.size());
  Span line_span = lines_.append(value(kMethod));
  for (const std::string_view part :
       {std::string_view(" "), view(target), std::string_view(" "), to_text(Version::kHttp2)}) {
    line_span.size += lines_.append(part).size;
  }
  const Span key = lines_.append(terms.websocket);
  // From here on the text stays where it is.
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
    head.fields.add({"Upgrade", kWebSocketName, FieldId::kUpgrade});
    head.fields.add({kWebSocketKeyField, view(key), FieldId::kOther});
    head.upgrade = kWebSocketName;
    head.framing.upgrade = true;
  } else if (!connect && !terms.ends_stream && !head.framing.has_content_length) {
    head.framing.chunked = true;
  }
  return std::nullopt;
}

std::optional<Fault> add_h2_trailer(std::string_view name, std::string_view value,
                                    std::string& lines) {
  if (name.starts_with(':')) return Fault::kBadPseudoField;
  if (const auto fault = judge_h2_field(name, value)) return fault;
  if (trailer_goes_on(name)) lines += base::concat(name, ": ", value, "\r\n");
  if (lines.size() > kMaxTrailers) return Fault::kTrailersTooLarge;
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
