// One question by datagram and the judgement of what comes back. The counterpart of Dialogue where
// there is no connection: whoever owns the socket sends the request, again when nothing comes, and
// shows each datagram from the server. Pure; total over any datagram.
#pragma once

#include <optional>
#include <string>

#include "common/base/bytes.hpp"
#include "libcheck/core/dialogue.hpp"

namespace hapair::check {

class Inquiry {
 public:
  virtual ~Inquiry() = default;

  [[nodiscard]] virtual std::string request() const = 0;
  /// nullopt: this decides nothing, so something better may still come.
  [[nodiscard]] virtual std::optional<Finding> judge(base::Bytes datagram) = 0;
  /// The time is up.
  [[nodiscard]] virtual Finding on_silence() const = 0;
};

}  // namespace hapair::check
