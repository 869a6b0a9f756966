#include "common/http/h2_request_fields.hpp"

#include <cstdint>
#include <optional>

#include "common/base/text.hpp"
#include "common/http/max_forwards.hpp"
#include "common/http/upgrade.hpp"

namespace hapair::http {
namespace {

/// Path and query in origin-form, or "*" (RFC 9113, section 8.3.1).
std::string_view path_of(const RequestHead& head, std::string& text) {
  if (head.form != TargetForm::kAbsolute) return head.path;
  if (head.path.empty() && head.method == Method::kOptions) return "*";
  if (head.path.starts_with('/')) return head.path;
  text = base::concat('/', head.path);
  return text;
}

std::string_view authority_of(const RequestHead& head, const RequestPlan& plan) {
  if (!head.authority.empty()) return head.authority;
  return head.has_host ? head.host : plan.fallback_host;
}

void list_pseudo(const RequestHead& head, const RequestPlan& plan, std::string_view scheme,
                 H2RequestText& text, std::vector<H2Field>& out) {
  const H2RequestKind kind = h2_kind_of(head, plan);
  const bool websocket = kind == H2RequestKind::kWebSocket;
  out.push_back({":method", websocket ? to_text(Method::kConnect) : head.method_text});
  if (websocket) out.push_back({":protocol", kWebSocketName});
  if (kind != H2RequestKind::kTunnel) {
    out.push_back({":scheme", scheme});
    out.push_back({":path", path_of(head, text.path)});
  }
  out.push_back({":authority", authority_of(head, plan)});
}

/// HTTP/2 has no key, the stream itself being new (RFC 8441, section 5).
bool is_key(std::string_view name) { return base::equals_ignoring_case(name, kWebSocketKeyField); }

}  // namespace

H2RequestKind h2_kind_of(const RequestHead& head, const RequestPlan& plan) {
  if (plan.upgrade && offers_websocket(head)) return H2RequestKind::kWebSocket;
  return head.method == Method::kConnect ? H2RequestKind::kTunnel : H2RequestKind::kMessage;
}

void list_request_fields(const RequestHead& head, const RequestPlan& plan, std::string_view scheme,
                         H2RequestText& text, std::vector<H2Field>& out) {
  list_pseudo(head, plan, scheme, text, out);
  const bool websocket = h2_kind_of(head, plan) == H2RequestKind::kWebSocket;
  const std::optional<std::uint64_t> hops = hops_left(head);
  for (const Field& field : head.fields) {
    if (field.id == FieldId::kHost) continue;  // :authority says it
    if (field.id == FieldId::kExpect && head.version == Version::kHttp10) continue;
    if (field.id == FieldId::kMaxForwards && hops) continue;
    if (websocket && is_key(field.name)) continue;
    if (goes_on(field, head.fields, head.framing)) out.push_back({field.name, field.value});
  }
  if (hops && *hops > 0) {
    text.hops = base::concat(*hops - 1);
    out.push_back({"max-forwards", text.hops});
  }
  if (!plan.forwarded_for_name.empty()) {
    out.push_back({plan.forwarded_for_name, plan.forwarded_for_value});
  }
  for (const Field& field : plan.added) out.push_back({field.name, field.value});
  const bool no_body = plan.body.kind == BodyFraming::Kind::kNone;
  if (plan.body.kind == BodyFraming::Kind::kLength ||
      (no_body && head.framing.has_content_length)) {
    text.length = base::concat(no_body ? 0 : plan.body.length);
    out.push_back({"content-length", text.length});
  }
  if (head.framing.takes_trailers) out.push_back({"te", "trailers"});
}

}  // namespace hapair::http
