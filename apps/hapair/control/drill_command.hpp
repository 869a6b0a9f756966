// `hapair drill`: begins a drill, tells how it goes, and what came of it.
#pragma once

#include <iosfwd>
#include <string>

namespace hapair::control {

struct DrillCommand {
  std::string socket;     ///< path of the control socket
  std::string vip;        ///< empty: all that this node is master of
  bool json = false;      ///< the result as it came, and nothing before it
  bool yes = false;       ///< nobody is asked
  bool terminal = false;  ///< `in` is a person
};

/// The exit code: 0 only where all was right. What went wrong goes to `err`.
[[nodiscard]] int run_drill(const DrillCommand& command, std::istream& in, std::ostream& out,
                            std::ostream& err);

}  // namespace hapair::control
