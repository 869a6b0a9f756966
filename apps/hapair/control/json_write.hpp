// What the documents of the control server have in common.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "common/base/time.hpp"

namespace hapair::control {

/// For people, with a line's end. Bytes that are no UTF-8 (they could only come from a config's
/// names) do not break the document.
[[nodiscard]] std::string text_of(const nlohmann::ordered_json& json);

/// Null where it is empty.
[[nodiscard]] nlohmann::ordered_json text_or_null(std::string_view text);

/// A document up to its last member, the list of that name, whose elements come behind it.
[[nodiscard]] std::string head_text(nlohmann::ordered_json head, const char* list);
/// The elements of a list as they are written where it stands so deep in a document.
[[nodiscard]] std::string elements_of(nlohmann::ordered_json list, std::size_t depth);

/// A document that tells something of each frontend and each backend.
[[nodiscard]] std::string text_by_proxy(std::string_view node, base::WallTime now,
                                        nlohmann::ordered_json frontends,
                                        nlohmann::ordered_json backends);

/// Milliseconds, rounded to a microsecond: enough for people, and no digits that mean nothing.
[[nodiscard]] double in_ms(base::Duration duration);

}  // namespace hapair::control
