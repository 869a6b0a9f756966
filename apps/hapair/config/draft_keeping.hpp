// Drafts of how clients are kept on their servers, and how often they may; see draft.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apps/hapair/config/model_keeping.hpp"

namespace hapair::config {

struct StickDraft {
  Stick stick;     ///< without what follows
  std::string on;  ///< empty where it is faulty
};

struct RateLimitDraft {
  RateLimit limit;                        ///< without what follows
  std::optional<std::uint32_t> requests;  ///< one of these is given
  std::optional<std::uint32_t> connections;
  std::optional<std::uint32_t> errors;
  std::uint64_t bytes_in = 0;  ///< 0: not given
  std::uint64_t bytes_out = 0;
  std::string by = "source";
};

}  // namespace hapair::config
