#include "common/http/connection_auth.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/base/text.hpp"

namespace hapair::http {
namespace {

using base::equals_ignoring_case;

constexpr std::array<std::string_view, 2> kSchemes = {"Negotiate", "NTLM"};

/// The scheme with which credentials or a challenge begin.
bool begins_with_scheme(std::string_view text) {
  const std::string_view scheme = text.substr(0, text.find(' '));
  return std::ranges::any_of(
      kSchemes, [&](std::string_view each) { return equals_ignoring_case(scheme, each); });
}

/// Of a list of challenges (RFC 9110, section 11.6.1). A comma within quotes is taken for one
/// between challenges: at worst a connection is not shared.
bool has_challenge(std::string_view list) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (begins_with_scheme(base::trim(list.substr(0, comma)))) return true;
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return false;
}

}  // namespace

bool authenticates_connection(const RequestHead& head) {
  const Field* credentials = head.fields.find("Authorization");
  return credentials != nullptr && begins_with_scheme(credentials->value);
}

bool authenticates_connection(const ResponseHead& head) {
  if (head.status != 401) return false;
  return std::ranges::any_of(head.fields, [](const Field& field) {
    return equals_ignoring_case(field.name, "WWW-Authenticate") && has_challenge(field.value);
  });
}

}  // namespace hapair::http
