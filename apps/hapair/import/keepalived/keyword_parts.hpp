// The parts of the table of keepalived's keywords, and how an entry is found.
#pragma once

#include <span>
#include <string_view>

#include "apps/hapair/import/keywords.hpp"

namespace hapair::importing::keepalived {

[[nodiscard]] std::span<const Keyword> vrrp_keywords();
[[nodiscard]] std::span<const Keyword> global_keywords();
[[nodiscard]] std::span<const Keyword> check_keywords();

/// nullptr: nothing is known of the word in that block.
[[nodiscard]] const Keyword* find_keyword(std::string_view where, std::string_view word);

}  // namespace hapair::importing::keepalived
