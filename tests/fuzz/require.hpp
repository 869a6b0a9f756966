// An invariant of a fuzz body. Stops the process, so that libFuzzer keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace hapair::fuzz {

inline void require(bool holds, const char* invariant) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: broken invariant: %s\n", invariant);
  std::abort();
}

}  // namespace hapair::fuzz
