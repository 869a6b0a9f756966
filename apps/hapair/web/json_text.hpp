// Writes compact JSON that may stand within HTML. Bytes that are no UTF-8 do not break it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace hapair::web {

/// With its quotes.
void append_json(std::string& out, std::string_view text);

/// `"key":"text"`, with a comma in front unless an object begins there.
void append_member(std::string& out, std::string_view key, std::string_view text);
/// The same for a value that is JSON already.
void append_raw_member(std::string& out, std::string_view key, std::string_view value);

}  // namespace hapair::web
