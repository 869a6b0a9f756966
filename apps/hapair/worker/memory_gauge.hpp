// How much memory this process has: a file of the kernel's that was opened before the worker lost
// the right to open any.
#pragma once

#include <cstdint>
#include <optional>

#include "common/net/unique_fd.hpp"

namespace hapair::worker {

class MemoryGauge {
 public:
  /// `statm`: /proc/self/statm, see proc(5); may be none.
  explicit MemoryGauge(net::UniqueFd statm) : statm_(std::move(statm)) {}

  /// Bytes that are resident; nullopt: nobody says so.
  [[nodiscard]] std::optional<std::uint64_t> resident() const;

 private:
  net::UniqueFd statm_;
};

}  // namespace hapair::worker
