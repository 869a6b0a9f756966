#include "liblb/core/rules/basic_credentials.hpp"

#include <algorithm>

#include "common/base/base64.hpp"
#include "common/base/text.hpp"

namespace hapair::lb::rules {
namespace {

constexpr std::string_view kScheme = "Basic";

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }

}  // namespace

std::optional<BasicCredentials> parse_basic_credentials(std::string_view value) {
  const std::size_t blank = value.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  if (!base::equals_ignoring_case(value.substr(0, blank), kScheme)) return std::nullopt;
  const std::size_t begin = value.find_first_not_of(' ', blank);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto text = base::from_base64(value.substr(begin));
  if (!text || text->size() > BasicCredentials::kMaxBytes) return std::nullopt;
  const std::size_t colon = text->find(':');  // RFC 7617, section 2: the first one
  if (colon == std::string::npos || std::ranges::any_of(*text, is_control)) return std::nullopt;
  return BasicCredentials{.user = text->substr(0, colon), .password = text->substr(colon + 1)};
}

}  // namespace hapair::lb::rules
