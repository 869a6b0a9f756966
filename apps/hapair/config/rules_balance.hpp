// What the texts about the choice of a server must look like, and what they mean; see rules.hpp.
#pragma once

#include <string_view>

#include "apps/hapair/config/shape.hpp"
#include "common/base/result.hpp"
#include "liblb/core/balance.hpp"

namespace hapair::config::rules {

extern const TextRule kBalance;   ///< an algorithm, or one part of requests that is hashed
extern const TextRule kHashPart;  ///< "source", "path", "header:NAME", ...

/// The text for it; empty for kHash, whose text is what is hashed.
[[nodiscard]] std::string_view name_of(lb::Algorithm algorithm);
/// What a text that kBalance accepts means.
[[nodiscard]] base::Result<lb::BalanceSettings> parse_balance(std::string_view text);
/// What a text that kHashPart accepts means.
[[nodiscard]] base::Result<lb::HashPart> parse_hash_part(std::string_view text);

}  // namespace hapair::config::rules
