#include "common/http/head_writer.hpp"

#include <charconv>
#include <cstring>

#include "common/base/text.hpp"
#include "common/http/field_rules.hpp"
#include "common/http/max_forwards.hpp"
#include "common/http/upgrade.hpp"

namespace hapair::http {
namespace {

using base::equals_ignoring_case;
using Kind = BodyFraming::Kind;

/// Appends to a fixed buffer; once something did not fit, nothing more is written.
class Output {
 public:
  explicit Output(std::span<std::uint8_t> out) : out_(out) {}

  Output& add(std::string_view text) {
    if (text.size() > out_.size() - size_) {
      fits_ = false;
    } else if (fits_ && !text.empty()) {
      std::memcpy(out_.data() + size_, text.data(), text.size());
      size_ += text.size();
    }
    return *this;
  }

  Output& add(std::uint64_t number) {
    char digits[20];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
    return add({digits, static_cast<std::size_t>(end - digits)});
  }

  void add_field(std::string_view name, std::string_view value) {
    add(name).add(": ").add(value).add("\r\n");
  }

  /// The fields that `goes_on`; neighbours that lie as they are to be written go in one piece.
  template <class Fields, class GoesOn>
  void add_fields(const Fields& fields, GoesOn&& goes_on) {
    std::string_view piece;
    for (const Field& field : fields) {
      if (!goes_on(field)) continue;
      if (field.as_written && piece.data() + piece.size() == field.name.data()) {
        piece = {piece.data(), piece.size() + field.line().size()};
        continue;
      }
      add(piece);
      piece = {};
      if (field.as_written) {
        piece = field.line();
      } else {
        add_field(field.name, field.value);
      }
    }
    add(piece);
  }

  [[nodiscard]] std::optional<std::size_t> result() const {
    return fits_ ? std::optional(size_) : std::nullopt;
  }

 private:
  std::span<std::uint8_t> out_;
  std::size_t size_ = 0;
  bool fits_ = true;
};

bool is_nominated(std::string_view name, const FieldList& fields) {
  for (const Field& field : fields) {
    if (field.id != FieldId::kConnection) continue;
    std::string_view options = field.value;
    std::string_view option;
    while (next_element(options, option)) {
      if (equals_ignoring_case(option, name)) return true;
    }
  }
  return false;
}

void add_framing(Output& out, const BodyFraming& body) {
  switch (body.kind) {
    case Kind::kNone:
    case Kind::kUntilClose:
    case Kind::kTunnel:
      break;
    case Kind::kLength:
      out.add("Content-Length: ").add(body.length).add("\r\n");
      break;
    case Kind::kChunked:
      out.add("Transfer-Encoding: chunked\r\n");
      break;
  }
}

/// A list of elements, and with the first of them the field's name before it.
class ListField {
 public:
  ListField(Output& out, std::string_view name) : out_(out), name_(name) {}

  ListField& add(std::string_view element) {
    out_.add(empty_ ? name_ : ", ").add(empty_ ? ": " : "").add(element);
    empty_ = false;
    return *this;
  }
  void end() {
    if (!empty_) out_.add("\r\n");
  }

 private:
  Output& out_;
  std::string_view name_;
  bool empty_ = true;
};

/// What a request says to the next hop only (RFC 9110, sections 7.6.1, 7.8 and 10.1.4).
void add_connection(Output& out, const RequestHead& head, const RequestPlan& plan) {
  ListField connection(out, "Connection");
  if (plan.upgrade) {
    connection.add("Upgrade");
  } else if (plan.close) {
    connection.add("close");
  }
  if (head.framing.takes_trailers) connection.add("TE");
  connection.end();
  if (head.framing.takes_trailers) out.add_field("TE", "trailers");
  if (!plan.upgrade) return;
  ListField upgrade(out, "Upgrade");
  UpgradeOffers offers(head.fields);
  std::string_view protocol;
  while (offers.next(protocol)) upgrade.add(protocol);
  upgrade.end();
}

/// Path and query in origin-form (RFC 9112, section 3.2.1), or "*" (section 3.2.4).
void add_target(Output& out, const RequestHead& head) {
  if (head.form == TargetForm::kAuthority) {
    out.add(head.authority);
    return;
  }
  if (head.form == TargetForm::kAbsolute && head.path.empty() && head.method == Method::kOptions) {
    out.add("*");
    return;
  }
  if (head.form == TargetForm::kAbsolute && !head.path.starts_with('/')) out.add("/");
  out.add(head.path);
}

/// What a response without a body says of the length it would have had (RFC 9110, section 8.6).
void add_framing_of_absent_body(Output& out, const ResponseHead& head, const ResponsePlan& plan) {
  if (head.is_interim() || head.status == 204) return;
  if (head.framing.has_content_length) {
    add_framing(out, {Kind::kLength, head.framing.content_length});
  } else if (head.framing.chunked && plan.client == Version::kHttp11) {
    add_framing(out, {Kind::kChunked, 0});
  } else if (plan.method != Method::kHead && head.status != 304) {
    add_framing(out, {Kind::kLength, 0});  // a server of HTTP/2 need not say so
  }
}

/// What a response says to the next hop only.
void add_connection(Output& out, const ResponseHead& head, const ResponsePlan& plan) {
  const bool tunnel = plan.body.kind == Kind::kTunnel;
  const bool names_protocols = (head.status == 101 || head.status == 426) && head.framing.upgrade &&
                               !head.upgrade.empty() && plan.client == Version::kHttp11;
  ListField connection(out, "Connection");
  if (!head.is_interim() && !tunnel) {
    if (plan.close) {
      connection.add("close");
    } else if (plan.client == Version::kHttp10) {
      connection.add("keep-alive");
    }
  }
  if (names_protocols) connection.add("Upgrade");
  connection.end();
  if (!names_protocols) return;
  for (const Field& field : head.fields) {
    if (field.id == FieldId::kUpgrade) out.add_field(field.name, field.value);
  }
}

}  // namespace

bool goes_on(const Field& field, const FieldList& fields, const FramingFacts& facts) {
  switch (field.id) {
    case FieldId::kContentLength:
    case FieldId::kTransferEncoding:
    case FieldId::kConnection:
    case FieldId::kKeepAlive:
    case FieldId::kProxyConnection:
    case FieldId::kTe:
    case FieldId::kUpgrade:
    case FieldId::kHttp2Settings:
      return false;
    case FieldId::kHost:  // not for Connection to remove
    case FieldId::kMadeHere:
      return true;
    case FieldId::kExpect:
    case FieldId::kMaxForwards:
    case FieldId::kOther:
      return !facts.nominates_others || !is_nominated(field.name, fields);
  }
  return false;
}

std::optional<std::size_t> write_request_head(std::span<std::uint8_t> buffer,
                                              const RequestHead& head, const RequestPlan& plan) {
  Output out(buffer);
  out.add(head.method_text).add(" ");
  add_target(out, head);
  out.add(" HTTP/1.1\r\n");
  // RFC 9112, section 3.2.2: the authority of an absolute form is where the request is for.
  if (!head.has_host) {
    out.add_field("Host", head.authority.empty() ? plan.fallback_host : head.authority);
  }
  const std::optional<std::uint64_t> hops = hops_left(head);
  out.add_fields(head.fields, [&](const Field& field) {
    if (field.id == FieldId::kExpect && head.version == Version::kHttp10) return false;
    if (field.id == FieldId::kMaxForwards && hops) return false;
    return goes_on(field, head.fields, head.framing);
  });
  if (hops && *hops > 0) out.add("Max-Forwards: ").add(*hops - 1).add("\r\n");
  if (!plan.forwarded_for_name.empty()) {
    out.add_field(plan.forwarded_for_name, plan.forwarded_for_value);
  }
  out.add_fields(plan.added, [](const Field&) { return true; });
  add_framing(out, plan.body);
  if (plan.body.kind == Kind::kNone && head.framing.has_content_length) {
    add_framing(out, {Kind::kLength, 0});
  }
  add_connection(out, head, plan);
  out.add("\r\n");
  return out.result();
}

std::optional<std::size_t> write_response_head(std::span<std::uint8_t> buffer,
                                               const ResponseHead& head, const ResponsePlan& plan) {
  Output out(buffer);
  out.add("HTTP/1.1 ").add(static_cast<std::uint64_t>(head.status)).add(" ").add(head.reason);
  out.add("\r\n");
  out.add_fields(head.fields,
                 [&head](const Field& field) { return goes_on(field, head.fields, head.framing); });
  if (plan.body.kind == Kind::kNone) {
    add_framing_of_absent_body(out, head, plan);
  } else {
    add_framing(out, plan.body);
  }
  add_connection(out, head, plan);
  out.add("\r\n");
  return out.result();
}

}  // namespace hapair::http
