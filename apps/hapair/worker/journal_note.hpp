// An event of the worker's own, with both clocks.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "common/base/journal.hpp"
#include "common/event/clock.hpp"
#include "common/event/event_loop.hpp"

namespace hapair::worker {

/// `to`: the state after it; empty where there is none.
inline void note(base::Journal& journal, const event::EventLoop& loop, std::string_view id,
                 std::string_view subject, std::string_view to, std::string cause) {
  journal.add({.id = std::string(id),
               .subject = std::string(subject),
               .from = {},
               .to = std::string(to),
               .cause = std::move(cause),
               .at = loop.now(),
               .wall = event::wall_now()});
}

}  // namespace hapair::worker
