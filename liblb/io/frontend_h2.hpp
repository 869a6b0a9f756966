// What a frontend keeps for all its HTTP/2 clients together.
#pragma once

#include "common/base/repeat_guard.hpp"
#include "liblb/core/h2_counters.hpp"
#include "liblb/io/h2_stream.hpp"
#include "liblb/io/spare_pool.hpp"

namespace hapair::lb {

struct FrontendH2 {
  explicit FrontendH2(H2Counters& of_all_generations) : counters(of_all_generations) {}

  H2Counters& counters;
  SparePool<H2Stream> pool;
  base::RepeatGuard repeats;  ///< of floods in the log
};

}  // namespace hapair::lb
