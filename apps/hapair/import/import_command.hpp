// `hapair import`: reads the named files, writes the config and its secrets, and reports.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace hapair::importing {

struct ImportRequest {
  std::vector<std::string> keepalived{};
  std::vector<std::string> haproxy{};
  std::vector<std::string> addresses{};
  std::string output{};   ///< empty: stdout, and secrets are not written
  std::string secrets{};  ///< the folder for secrets; empty: that of the output, or /etc/hapair
  std::string keepalived_version{};
  std::string haproxy_version{};
  std::string explain{};  ///< a keyword to explain in place of an import
  bool report_json = false;
  bool force = false;  ///< write over files that are there
  std::map<std::string, std::string, std::less<>> environment{};
};

struct ImportReport {
  std::string out;  ///< for stdout
  std::string err;  ///< for stderr
  int exit_code = 0;
};

/// Exit codes: 0 done; 1 something could not be written; 2 wrong usage; 3 the result has faults, as
/// `hapair check` has it; 4 a file can't be read; 5 done, but something is open to decide.
[[nodiscard]] ImportReport import_command(const ImportRequest& request);

/// haproxy.cfg files as the text of a config, for `hapair run --haproxy`: its secrets are written
/// to `folder`. An error where they can't be read, or the result is no good.
struct Translated {
  std::string config;
  std::string report;
};
[[nodiscard]] base::Result<Translated> translate_haproxy(const ImportRequest& request,
                                                         const std::string& folder);

}  // namespace hapair::importing
