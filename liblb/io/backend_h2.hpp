// What a backend keeps for all its HTTP/2 servers together.
#pragma once

#include "common/base/repeat_guard.hpp"
#include "liblb/core/h2_counters.hpp"
#include "liblb/io/h2_server_stream.hpp"
#include "liblb/io/spare_pool.hpp"

namespace hapair::lb {

struct BackendH2 {
  H2Counters counters;
  SparePool<H2ServerStream> pool;
  base::RepeatGuard repeats;  ///< of servers that break the rules, in the log
};

}  // namespace hapair::lb
