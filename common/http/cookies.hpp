// Cookies as a client sends them (RFC 6265, section 4.2): "name=value; name2=value2" in one or more
// Cookie fields. Total: any bytes give cookies or none. Nothing is copied or allocated.
#pragma once

#include <optional>
#include <string_view>

#include "common/http/head.hpp"

namespace hapair::http {

struct Cookie {
  std::string_view name;   ///< without blanks at both ends; may be empty
  std::string_view value;  ///< likewise; quotes are a part of it
};

/// Takes the next cookie off `rest`, the value of a Cookie field. False: there is no further one.
/// A part without "=" is no cookie and is passed over (section 5.2 has it so for Set-Cookie).
[[nodiscard]] bool next_cookie(std::string_view& rest, Cookie& cookie);

/// The value of the first cookie of that name (case counts) in all Cookie fields; nullopt: none.
[[nodiscard]] std::optional<std::string_view> find_cookie(const FieldList& fields,
                                                          std::string_view name);

}  // namespace hapair::http
