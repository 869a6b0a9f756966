// What a backend keeps for all its HTTP/2 servers together.
#pragma once

#include <memory>

#include "common/base/repeat_guard.hpp"
#include "liblb/core/h2_counters.hpp"
#include "liblb/io/h2_server_stream.hpp"
#include "liblb/io/spare_pool.hpp"

namespace hapair::lb {

struct BackendH2 {
  /// `before`: likewise of the generation before; null: there was none.
  explicit BackendH2(const BackendH2* before)
      : counted(before ? before->counted : std::make_shared<H2Counters>()), counters(*counted) {}

  std::shared_ptr<H2Counters> counted;  ///< through all generations
  H2Counters& counters;
  SparePool<H2ServerStream> pool;
  base::RepeatGuard repeats;  ///< of servers that break the rules, in the log
};

}  // namespace hapair::lb
