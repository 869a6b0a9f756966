// The document of GET /v1/drill: the drill that this node leads, or has led last. docs/api.md
// describes its fields.
#pragma once

#include <string>
#include <string_view>

#include "common/base/time.hpp"
#include "libvrrp/core/drill.hpp"

namespace hapair::control {

struct DrillView {
  std::string_view node;  ///< this one's name
  const vrrp::Drill& drill;
  base::WallTime began{};  ///< where there was one
};

[[nodiscard]] std::string render_drill(const DrillView& view);

}  // namespace hapair::control
