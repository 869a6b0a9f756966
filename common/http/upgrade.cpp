#include "common/http/upgrade.hpp"

#include <cstddef>

#include "common/base/text.hpp"
#include "common/http/chars.hpp"
#include "common/http/field_rules.hpp"
#include "common/http/framing.hpp"

namespace hapair::http {
namespace {

using base::equals_ignoring_case;

/// 16 bytes in base64: 22 digits and two signs of padding.
constexpr std::size_t kKeyDigits = 22;
constexpr std::string_view kKeyPadding = "==";

/// protocol = token [ "/" token ]
bool is_protocol(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return all_of(kToken, text);
  return all_of(kToken, text.substr(0, slash)) && all_of(kToken, text.substr(slash + 1));
}

bool is_http(std::string_view protocol) {
  const std::string_view name = protocol.substr(0, protocol.find('/'));
  return equals_ignoring_case(name, "http") || equals_ignoring_case(name, "h2c") ||
         equals_ignoring_case(name, "h2");
}

bool is_base64(std::string_view text) {
  for (const char c : text) {
    const char lower = base::ascii_lower(c);
    if (!is(kDigit, c) && (lower < 'a' || lower > 'z') && c != '+' && c != '/') return false;
  }
  return true;
}

/// GET with one key of 16 bytes.
bool opens_websocket(const RequestHead& head) {
  if (head.method != Method::kGet) return false;
  const Field* key = nullptr;
  for (const Field& field : head.fields) {
    if (!equals_ignoring_case(field.name, kWebSocketKeyField)) continue;
    if (key != nullptr) return false;
    key = &field;
  }
  return key != nullptr && key->value.size() == kKeyDigits + kKeyPadding.size() &&
         key->value.ends_with(kKeyPadding) && is_base64(key->value.substr(0, kKeyDigits));
}

bool is_offered(std::string_view protocol, const RequestHead& request) {
  UpgradeOffers offers(request.fields);
  std::string_view offer;
  while (offers.next(offer)) {
    if (equals_ignoring_case(offer, protocol)) return true;
  }
  return false;
}

}  // namespace

bool UpgradeOffers::next(std::string_view& protocol) {
  for (;;) {
    while (next_element(rest_, protocol)) {
      if (!is_http(protocol)) return true;
    }
    while (at_ != end_ && at_->id != FieldId::kUpgrade) ++at_;
    if (at_ == end_) return false;
    rest_ = at_++->value;
  }
}

std::optional<Fault> judge_upgrade(const RequestHead& head) {
  // RFC 9110, section 7.8: ignored when it comes from HTTP/1.0.
  if (!head.framing.upgrade || head.version == Version::kHttp10) return std::nullopt;
  for (const Field& field : head.fields) {
    if (field.id != FieldId::kUpgrade) continue;
    std::string_view rest = field.value;
    std::string_view protocol;
    while (next_element(rest, protocol)) {
      if (!is_protocol(protocol)) return Fault::kBadUpgrade;
      if (equals_ignoring_case(protocol, kWebSocketName) && !opens_websocket(head)) {
        return Fault::kBadHandshake;
      }
    }
  }
  return std::nullopt;
}

bool offers_upgrade(const RequestHead& head) {
  if (!head.framing.upgrade || head.version == Version::kHttp10) return false;
  if (head.method == Method::kConnect) return false;
  if (request_body(head).kind != BodyFraming::Kind::kNone) return false;
  std::string_view protocol;
  return UpgradeOffers(head.fields).next(protocol);
}

bool offers_websocket(const RequestHead& head) { return is_offered(kWebSocketName, head); }

bool takes_offer(const ResponseHead& response, const RequestHead& request) {
  if (response.version == Version::kHttp10 || !response.framing.upgrade) return false;
  std::size_t taken = 0;
  for (const Field& field : response.fields) {
    if (field.id != FieldId::kUpgrade) continue;
    std::string_view rest = field.value;
    std::string_view protocol;
    while (next_element(rest, protocol)) {
      if (!is_offered(protocol, request)) return false;
      ++taken;
    }
  }
  return taken > 0;
}

}  // namespace hapair::http
