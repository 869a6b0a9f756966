// `hapair check`: is the file good, and what does it say? For people, or as JSON for programs.
#pragma once

#include <string>

#include "apps/hapair/config/host.hpp"

namespace hapair::config {

struct CheckRequest {
  std::string file;
  std::string node;  ///< which node to look at; empty: the one that this host is, if any
  bool json = false;
};

struct CheckReport {
  std::string out;  ///< for stdout
  std::string err;  ///< for stderr: the faults, unless they are in the JSON
  int exit_code = 0;
};

/// Exit codes: 0 valid, 3 faults, 4 a file that can't be read.
[[nodiscard]] CheckReport check_command(const CheckRequest& request, const Host& host);

}  // namespace hapair::config
