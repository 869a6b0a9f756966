// What rules may know of other things than what they judge, as the engine has it.
#pragma once

#include "common/event/clock.hpp"
#include "liblb/core/rules/facts.hpp"
#include "liblb/io/frontend.hpp"

namespace hapair::lb {

class EngineSurroundings final : public rules::Surroundings {
 public:
  explicit EngineSurroundings(FrontendOwner& engine) : engine_(engine) {}

  [[nodiscard]] base::WallTime wall_time() const override { return event::wall_now(); }
  [[nodiscard]] std::size_t usable_servers(std::size_t backend) const override {
    return engine_.backend(backend).backend().usable_servers();
  }
  [[nodiscard]] std::uint64_t figure(const rules::RateTest& test,
                                     const rules::Facts& facts) const override {
    return engine_.figure(test, facts.connection.client, facts.head);
  }
  [[nodiscard]] const rules::Shelf* shelf() const override { return &engine_.shelf(); }

 private:
  FrontendOwner& engine_;
};

}  // namespace hapair::lb
