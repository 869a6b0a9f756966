// Runs an election from a script and writes down its effects: what the scenario files are made of.
// The commands are listed in tests/scenarios/vrrp/README.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libvrrp/core/election.hpp"

namespace hapair::vrrp::test {

/// An effect as one line of a trace.
[[nodiscard]] std::string describe(const Effect& effect);

class ElectionScript {
 public:
  /// Runs one command line; returns the trace of its effects, a line each. Throws
  /// std::runtime_error with the reason when the command is not understood.
  [[nodiscard]] std::string run(std::string_view command);

 private:
  Effects perform(std::string_view verb, const class Arguments& arguments, base::Instant now);

  std::optional<Election> election_;
  GroupSettings settings_;
};

}  // namespace hapair::vrrp::test
