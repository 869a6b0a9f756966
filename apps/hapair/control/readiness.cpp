#include "apps/hapair/control/readiness.hpp"

#include <nlohmann/json.hpp>

#include "apps/hapair/control/json_write.hpp"

namespace hapair::control {

using Json = nlohmann::ordered_json;

Json readiness_json(const Readiness& readiness) {
  Json reasons = Json::array();
  for (const Readiness::Reason& each : readiness.reasons) {
    reasons.push_back({{"code", each.code}, {"subject", each.subject}, {"text", each.text}});
  }
  return {{"ready", readiness.ready()}, {"reasons", std::move(reasons)}};
}

std::string render_readiness(const Readiness& readiness) {
  return text_of(readiness_json(readiness));
}

std::string render_health_sign() { return text_of({{"alive", true}}); }

}  // namespace hapair::control
