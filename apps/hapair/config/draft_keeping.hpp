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

/// How many of what; one of these is given.
struct AmountDraft {
  std::optional<std::uint32_t> requests;
  std::optional<std::uint32_t> connections;
  std::optional<std::uint32_t> errors;
  std::optional<std::uint32_t> failures;
  std::optional<std::uint32_t> active;
  std::uint64_t bytes_in = 0;  ///< 0: not given
  std::uint64_t bytes_out = 0;
};

struct RateLimitDraft {
  std::string path;  ///< where it stands in the file
  RateLimit limit;   ///< without what follows
  AmountDraft amount;
  std::string by = "source";
};

struct TableDraft {
  std::string name;
  Table table;  ///< without its name and what follows
  std::string by = "source";
  // In what time; absent: not counted.
  std::optional<base::Duration> requests;
  std::optional<base::Duration> connections;
  std::optional<base::Duration> errors;
  std::optional<base::Duration> failures;
  std::optional<base::Duration> bytes_in;
  std::optional<base::Duration> bytes_out;
};

}  // namespace hapair::config
