// Reads the bodies of orders, which are small JSON objects. What could be read in two ways, such as
// a key that is given twice, is refused.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hapair::control {

/// Of an order that is all in its path: no body, or an empty object; `order`: "remove a server".
[[nodiscard]] base::Result<void> parse_nothing(std::string_view body, std::string_view order);

/// An object without a key twice, and without objects in it.
[[nodiscard]] base::Result<nlohmann::ordered_json> parse_object(std::string_view body);

/// The one text of an object with the one key `key`; anything else is an error in words.
[[nodiscard]] base::Result<std::string> parse_word(std::string_view body, std::string_view key);

/// Of an order with two words: true for the first.
[[nodiscard]] base::Result<bool> parse_choice(std::string_view body, std::string_view key,
                                              std::string_view yes, std::string_view no);

}  // namespace hapair::control
