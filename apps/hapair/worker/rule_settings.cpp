#include "apps/hapair/worker/rule_settings.hpp"

#include <memory>

#include "liblb/core/rules/rule_list.hpp"
#include "liblb/io/engine.hpp"
#include "liblb/io/regex_pattern.hpp"

namespace hapair::worker {

std::unique_ptr<const lb::rules::RuleList> compiled(const std::vector<lb::rules::Rule>& rules) {
  return std::make_unique<const lb::rules::RuleList>(rules, lb::RegexPatterns());
}

void use_backend_rules(const config::Model& model, lb::Engine& engine) {
  for (std::size_t i = 0; i < model.backends.size(); ++i) {
    const auto& rules = model.backends[i].rules;
    if (!rules.empty()) engine.use_backend_rules(i, compiled(rules));
  }
}

std::unique_ptr<const lb::rules::RuleList> rules_of(const config::Model& model,
                                                    std::size_t frontend) {
  const config::Frontend& from = model.frontends[frontend];
  bool wanted = !from.rules.empty();
  for (std::size_t i = 0; i < model.backends.size(); ++i) {
    wanted = wanted || (from.uses(i) && !model.backends[i].rules.empty());
  }
  return wanted ? compiled(from.rules) : nullptr;
}

void use_rules(const config::Model& model, std::size_t frontend, lb::Engine& engine) {
  if (auto rules = rules_of(model, frontend)) engine.use_rules(frontend, std::move(rules));
}

}  // namespace hapair::worker
