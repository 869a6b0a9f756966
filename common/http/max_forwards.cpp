#include "common/http/max_forwards.hpp"

#include <array>

#include "common/base/text.hpp"
#include "common/http/reply.hpp"

namespace hapair::http {
namespace {

bool counts_hops(Method method) { return method == Method::kOptions || method == Method::kTrace; }

/// What the sender would not want to see in the hands of a script (RFC 9110, section 9.3.8).
bool is_secret(std::string_view name) {
  constexpr std::array<std::string_view, 3> kSecret{"authorization", "cookie",
                                                    "proxy-authorization"};
  for (const std::string_view secret : kSecret) {
    if (base::equals_ignoring_case(name, secret)) return true;
  }
  return false;
}

std::string mirrored(const RequestHead& head) {
  std::string text = base::concat(head.line, "\r\n");
  for (const Field& field : head.fields) {
    if (!is_secret(field.name)) text += base::concat(field.name, ": ", field.value, "\r\n");
  }
  return text + "\r\n";
}

}  // namespace

std::optional<Fault> judge_max_forwards(const RequestHead& head) {
  if (!counts_hops(head.method)) return std::nullopt;
  bool seen = false;
  for (const Field& field : head.fields) {
    if (field.id != FieldId::kMaxForwards) continue;
    if (seen || !base::parse_unsigned(field.value)) return Fault::kBadMaxForwards;
    seen = true;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> hops_left(const RequestHead& head) {
  if (!counts_hops(head.method)) return std::nullopt;
  for (const Field& field : head.fields) {
    if (field.id == FieldId::kMaxForwards) return base::parse_unsigned(field.value);
  }
  return std::nullopt;
}

std::string reply_of_last_hop(const RequestHead& head, bool close) {
  const bool trace = head.method == Method::kTrace;
  const std::string text = trace ? mirrored(head) : std::string();
  Reply reply;
  reply.content_type = "message/http";
  reply.body = text;
  if (!trace) reply.fields.push_back({"Allow", kMethodsPassed});
  reply.close = close;
  reply.client = head.version;
  return render(reply);
}

}  // namespace hapair::http
