// `hapair top`: a live view of the running node on the whole terminal, one plain frame, or lines of
// JSON for programs.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "apps/hapair/top/frame.hpp"
#include "common/base/time.hpp"

namespace hapair::top {

struct TopCommand {
  std::string socket;  ///< path of the control socket
  base::Duration interval = std::chrono::seconds(1);
  bool once = false;        ///< one frame, of this size, without colours; or one line of JSON
  bool json = false;        ///< a line for each look
  std::uint64_t count = 0;  ///< so many lines of JSON; 0: on and on
  bool terminal = false;    ///< standard input and output are one, and it can be drawn on
  bool colours = false;
  Size size{};
};

/// Returns the exit code; what went wrong goes to `err`.
[[nodiscard]] int run_top(const TopCommand& command, std::ostream& out, std::ostream& err);

}  // namespace hapair::top
