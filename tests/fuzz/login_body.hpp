// Any bytes as an Authorization field, as base64 and as a list of users: what is read is what was
// written, and a list holds no hash that is not one.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "common/base/base64.hpp"
#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "liblb/core/rules/basic_credentials.hpp"
#include "liblb/core/rules/user_list.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void fuzz_credentials(std::string_view value) {
  const auto given = lb::rules::parse_basic_credentials(value);
  if (!given) return;
  require(given->user.find(':') == std::string::npos, "a name has no colon");
  const std::string again = base::concat(
      "Basic ", base::to_base64(base::as_bytes(base::concat(given->user, ':', given->password))));
  const auto twice = lb::rules::parse_basic_credentials(again);
  require(twice && twice->user == given->user && twice->password == given->password,
          "what was read can be written");
}

inline void fuzz_login(std::span<const std::uint8_t> bytes) {
  const std::string_view text = base::as_text(bytes);
  if (const auto plain = base::from_base64(text)) {
    require(base::to_base64(base::as_bytes(*plain)) == text, "a text is one way to write bytes");
    require(base::to_base64url(base::as_bytes(*plain)).size() <= text.size(),
            "without padding it is no longer");
  }
  fuzz_credentials(text);
  fuzz_credentials(base::concat("Basic ", base::to_base64(bytes)));
  const auto list = lb::rules::UserList::parse(text);
  if (!list || list->empty()) return;
  require(list->stand_in().starts_with('$'), "all hashes are of a known form");
  const std::size_t colon = text.find(':');
  require(colon != std::string_view::npos, "a user has a hash");
  // Of the first line, unless that is a comment or a blank one.
  const std::string_view first = text.substr(0, colon);
  if (first.find_first_of("#\r\n \t") == std::string_view::npos) {
    require(list->find(first) != nullptr, "a user is found by the name");
  }
  require(list->find("") == nullptr, "nobody has no name");
}

}  // namespace hapair::fuzz
