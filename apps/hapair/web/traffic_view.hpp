// The traffic as the history and the page look at it: by places, which hold until changes() is
// another. The wiring implements it with the engine.
#pragma once

#include <cstddef>
#include <cstdint>

#include "liblb/core/frontend_view.hpp"

namespace hapair::lb {
class Backend;
}

namespace hapair::web {

class TrafficView {
 public:
  [[nodiscard]] virtual std::uint64_t changes() const = 0;
  [[nodiscard]] virtual std::size_t frontends() const = 0;
  [[nodiscard]] virtual lb::FrontendView frontend(std::size_t place) const = 0;
  [[nodiscard]] virtual std::size_t backends() const = 0;
  [[nodiscard]] virtual const lb::Backend& backend(std::size_t place) const = 0;

 protected:
  ~TrafficView() = default;
};

}  // namespace hapair::web
