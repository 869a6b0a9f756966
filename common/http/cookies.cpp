#include "common/http/cookies.hpp"

#include "common/base/text.hpp"
#include "common/http/chars.hpp"

namespace hapair::http {

bool next_cookie(std::string_view& rest, Cookie& cookie) {
  while (!rest.empty()) {
    const std::string_view pair = base::take_part(rest, ';');
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    cookie = {.name = without_blanks(pair.substr(0, equals)),
              .value = without_blanks(pair.substr(equals + 1))};
    return true;
  }
  return false;
}

std::optional<std::string_view> find_cookie(const FieldList& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.id != FieldId::kOther || !base::equals_ignoring_case(field.name, "cookie")) continue;
    std::string_view rest = field.value;
    Cookie cookie;
    while (next_cookie(rest, cookie)) {
      if (cookie.name == name) return cookie.value;
    }
  }
  return std::nullopt;
}

}  // namespace hapair::http
