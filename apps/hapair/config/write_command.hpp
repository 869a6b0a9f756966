// `hapair drift --write`: what was changed at run time goes into the file, if what comes of it has
// no faults.
#pragma once

#include <span>
#include <string>

#include "apps/hapair/config/check_command.hpp"
#include "apps/hapair/config/edit.hpp"
#include "apps/hapair/config/host.hpp"

namespace hapair::config {

struct WriteRequest {
  std::string file;
  std::span<const TextEdit> edits;
  std::string config_hash{};  ///< SHA-256 of what the node has read of it; empty: not known
};

/// The file is replaced in one step, by one with its mode and owner, or left as it is, as it is
/// where somebody else writes it meanwhile. If it is not what the node has read, that is said. Exit
/// codes: 0 written, 1 it can't be, 3 the result would have faults, 4 the file can't be read.
[[nodiscard]] CheckReport write_command(const WriteRequest& request, const Host& host);

}  // namespace hapair::config
