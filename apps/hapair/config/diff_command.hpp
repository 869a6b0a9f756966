// `hapair diff`: what a reload would change, from one file to another or from what runs.
#pragma once

#include <string>

#include "apps/hapair/config/check_command.hpp"
#include "apps/hapair/config/diff.hpp"
#include "apps/hapair/config/host.hpp"

namespace hapair::config {

struct DiffRequest {
  std::string file;      ///< the next one
  std::string old_file;  ///< empty: `running`
  std::string running;   ///< the text of what runs
  bool hidden = false;   ///< secrets have been taken out of `running`
  std::string node;      ///< empty: found out
  bool json = false;
};

/// Exit codes: 0 nothing changes, 10 something does, 11 a reload would be refused, 3 a file has
/// faults, 4 one can't be read.
[[nodiscard]] CheckReport diff_command(const DiffRequest& request, const Host& host);

}  // namespace hapair::config
