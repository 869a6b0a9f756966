// Texts of actions that say something of the request: "https://%{host}/new". What comes out of one
// is never trusted: who uses it looks whether it fits its place.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "liblb/core/rules/facts.hpp"
#include "liblb/core/rules/spec.hpp"

namespace hapair::lb::rules {

/// Variables stand in "%{...}": client_address, host, path, query, target, method, scheme, sni,
/// header:NAME, cookie:NAME. "%%" is a percent sign, as is one that no brace follows. Fails with
/// what is wrong and the remedy.
[[nodiscard]] base::Result<Template> parse_template(std::string_view text);

/// A variable that the request does not have is empty.
void append_rendered(const Template& parts, const Facts& facts, std::string& out);

}  // namespace hapair::lb::rules
