// `hapair run --haproxy FILE`: an haproxy.cfg is imported and run at once, to try hapair out.
#pragma once

#include <string>

#include "apps/hapair/import/options.hpp"
#include "common/base/result.hpp"

namespace hapair::importing {

struct RunConfig {
  std::string path;     ///< of the config that was written
  std::string remarks;  ///< what is wrong or not supported, a line each: "haproxy.cfg:12: ..."
};

/// Imports options.haproxy into `folder` (mode 0700, made where its parent is there): hapair.json,
/// and beside it the files of secrets that the config names. An error where a file can't be read or
/// written.
[[nodiscard]] base::Result<RunConfig> write_run_config(Options options, const std::string& folder);

}  // namespace hapair::importing
