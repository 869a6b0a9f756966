// What the config reader hands the worker through the guardian: the config's envelope, and what
// only a process with the host's user database at hand could look up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/hapair/config/model.hpp"
#include "common/base/result.hpp"

namespace hapair::wiring {

struct WorkerModel {
  std::string envelope;                    ///< config::parse_envelope() reads it
  std::optional<std::uint32_t> write_gid;  ///< of process.write_group
  /// Bytes of memory that the kernel lets the whole service have; see cgroup_memory.hpp.
  std::optional<std::uint64_t> memory_limit{};
};

[[nodiscard]] std::string encode_worker_model(const WorkerModel& model);

/// Fails only on what encode_worker_model() did not make.
[[nodiscard]] base::Result<WorkerModel> decode_worker_model(std::string_view bytes);

/// The same, read to the end.
struct GivenModel {
  std::string text;  ///< the file's, byte for byte
  config::Model model;
  std::optional<std::uint32_t> write_gid;
  std::optional<std::uint64_t> memory_limit;
};

/// Fails only on what encode_worker_model() did not make of an envelope.
[[nodiscard]] base::Result<GivenModel> read_worker_model(std::string_view bytes);

}  // namespace hapair::wiring
