// Texts of actions that say something of the request: "https://%{host}/new". What comes out of one
// is never trusted: who uses it looks whether it fits its place.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "liblb/core/rules/facts.hpp"
#include "liblb/core/rules/map.hpp"
#include "liblb/core/rules/spec.hpp"

namespace hapair::lb::rules {

/// Variables stand in "%{...}": client_address, host, path, query, target, method, scheme, sni,
/// header:NAME, cookie:NAME, and map:NAME:KEY for the value that a map has (parse_map_key()). "%%"
/// is a percent sign, as is one that no brace follows. Fails with what is wrong and the remedy.
[[nodiscard]] base::Result<Template> parse_template(std::string_view text);

/// What a map is asked for: "source", "host", "path", "query", "target", "method", "scheme", "sni",
/// "header:NAME", "cookie:NAME" or "query:NAME". Fails likewise.
[[nodiscard]] base::Result<TemplatePart> parse_map_key(std::string_view text);

/// The value that the part's map has for what the request says.
[[nodiscard]] std::optional<Map::Value> look_up(const TemplatePart& part, const Facts& facts);

/// A variable that the request does not have is empty.
void append_rendered(const Template& parts, const Facts& facts, std::string& out);

}  // namespace hapair::lb::rules
