// Whether this node could serve: what /readyz says. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hapair::control {

struct Readiness {
  struct Reason {
    std::string code;     ///< "maintenance", "vip_fault", "backend_down", "leaving"
    std::string subject;  ///< of what: a VIP, a backend, the node
    std::string text;     ///< in words
  };
  std::vector<Reason> reasons{};  ///< why not; none: it could

  [[nodiscard]] bool ready() const { return reasons.empty(); }
  [[nodiscard]] int status() const { return ready() ? 200 : 503; }
};

/// {"ready": true, "reasons": []}
[[nodiscard]] nlohmann::ordered_json readiness_json(const Readiness& readiness);
/// The document of /readyz.
[[nodiscard]] std::string render_readiness(const Readiness& readiness);
/// The document of /healthz: whoever answers lives.
[[nodiscard]] std::string render_health_sign();

}  // namespace hapair::control
