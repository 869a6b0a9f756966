// The rules of the configuration, made ready for the engine.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "liblb/core/rules/rule_list.hpp"

namespace hapair::lb {
class Engine;
}

namespace hapair::worker {

/// Made of rules that are known to be good.
[[nodiscard]] std::unique_ptr<const lb::rules::RuleList> compiled(
    const std::vector<lb::rules::Rule>& rules);
/// What a frontend's requests go through; null: nothing, at any backend that it uses.
[[nodiscard]] std::unique_ptr<const lb::rules::RuleList> rules_of(const config::Model& model,
                                                                  std::size_t frontend);
/// Of all backends; once they are in the engine.
void use_backend_rules(const config::Model& model, lb::Engine& engine);
/// Of one frontend; before its first bind.
void use_rules(const config::Model& model, std::size_t frontend, lb::Engine& engine);

}  // namespace hapair::worker
