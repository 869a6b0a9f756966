// From a draft without faults to the model of one node.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/model.hpp"

namespace hapair::config {

/// What was derived from the secret, by the VIP's name: the worker can't read the secret itself.
using DerivedPasswords = std::map<std::string, std::string, std::less<>>;

/// `draft` has passed validate(); `self` is an index into its nodes. `hash` is left empty.
[[nodiscard]] Model build(const Draft& draft, std::size_t self, const DerivedPasswords& passwords);

}  // namespace hapair::config
