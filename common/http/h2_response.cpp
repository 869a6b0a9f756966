#include "common/http/h2_response.hpp"

#include "common/http/chars.hpp"
#include "common/http/field_rules.hpp"

namespace hapair::http {

void H2ResponseBuilder::restart(const HeadLimits& limits) {
  lines_.restart(limits);
  status_ = 0;
  complete_ = false;
  fault_.reset();
}

void H2ResponseBuilder::add(std::string_view name, std::string_view value) {
  if (fault_) return;
  H2FieldLines::Entry entry;
  fault_ = lines_.take(name, value, entry);
  if (!fault_) fault_ = name.starts_with(':') ? take_status(name, value) : lines_.enter(entry);
}

std::optional<Fault> H2ResponseBuilder::take_status(std::string_view name, std::string_view value) {
  if (name != ":status" || status_ != 0 || !lines_.entries().empty()) {
    return Fault::kBadPseudoField;
  }
  if (value.size() != 3 || !all_of(kDigit, value) || value[0] == '0') return Fault::kBadStatusCode;
  status_ = (value[0] - '0') * 100 + (value[1] - '0') * 10 + (value[2] - '0');
  // RFC 9113, section 8.6: a stream never becomes another protocol's by it.
  return status_ == 101 ? std::optional(Fault::kSwitchInHttp2) : std::nullopt;
}

std::optional<Fault> H2ResponseBuilder::finish(ResponseHead& head) const {
  head.clear();
  if (fault_) return fault_;
  if (status_ == 0) return Fault::kBadPseudoField;
  head.version = Version::kHttp2;
  head.status = status_;
  head.reason = reason_phrase(status_);
  for (const H2FieldLines::Entry& entry : lines_.entries()) {
    if (head.fields.full()) return Fault::kTooManyFields;
    const std::string_view name = lines_.view(entry.name);
    head.fields.add({name, lines_.view(entry.value), identify_field(name)});
    const Field& field = head.fields.last();
    // What is said of lengths has the meaning it has in HTTP/1.1.
    if (const auto fault = gather_framing(field, Version::kHttp11, head.framing)) return fault;
  }
  return std::nullopt;
}

BodyFraming h2_response_body(const ResponseHead& head, Method method, bool ends) {
  using Kind = BodyFraming::Kind;
  const BodyFraming as_in_http1 = response_body(head, method);
  if (as_in_http1.kind != Kind::kUntilClose) return as_in_http1;
  return {ends ? Kind::kNone : Kind::kChunked, 0};
}

}  // namespace hapair::http
