// The rules of the configuration, made ready for the engine.
#pragma once

#include <cstddef>

#include "apps/hapair/config/model.hpp"

namespace hapair::lb {
class Engine;
}

namespace hapair::worker {

/// Of all backends; once they are in the engine.
void use_backend_rules(const config::Model& model, lb::Engine& engine);
/// Of one frontend; before its first bind.
void use_rules(const config::Model& model, std::size_t frontend, lb::Engine& engine);

}  // namespace hapair::worker
