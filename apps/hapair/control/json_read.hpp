// Reads the documents of the control server without trust in their shape: what is missing, or of
// another kind, reads as nothing.
#pragma once

#include <initializer_list>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace hapair::control {

/// Names of nested members, from the outside in.
using JsonPath = std::initializer_list<const char*>;

/// The value at the end of a path; null when any part of it is missing.
[[nodiscard]] const nlohmann::ordered_json* value_at(const nlohmann::ordered_json& json,
                                                     JsonPath path);
/// A text as it came, which may not be fit for a terminal; empty where there is none.
[[nodiscard]] std::string text_at(const nlohmann::ordered_json& json, JsonPath path);
/// A whole number that is not negative; 0 where there is none.
[[nodiscard]] std::uint64_t number_at(const nlohmann::ordered_json& json, JsonPath path);
/// Any number; absent where there is none.
[[nodiscard]] std::optional<double> figure_at(const nlohmann::ordered_json& json, JsonPath path);
/// False where there is none.
[[nodiscard]] bool flag_at(const nlohmann::ordered_json& json, JsonPath path);
/// An array; an empty one where there is none.
[[nodiscard]] const nlohmann::ordered_json& list_at(const nlohmann::ordered_json& json,
                                                    JsonPath path);

/// A number as it stands there; "-" where there is none.
[[nodiscard]] std::string number_text(const nlohmann::ordered_json* value);

/// The elements of a list, which outlives them, by their "name"; of several the first.
using JsonByName = std::map<std::string, const nlohmann::ordered_json*>;
[[nodiscard]] JsonByName by_name(const nlohmann::ordered_json& list);

}  // namespace hapair::control
