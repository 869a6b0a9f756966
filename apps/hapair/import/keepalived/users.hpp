// Who keepalived runs a script as.
#pragma once

#include <string>

#include "apps/hapair/import/keepalived/work.hpp"

namespace hapair::importing::keepalived {

/// `line`: the statement with the script's own user behind its first word, or nullptr; else
/// script_user of the node's file, else root, which keepalived takes where there is no account
/// keepalived_script.
[[nodiscard]] inline std::string user_of(const Work& work, std::size_t node,
                                         const Statement* line) {
  if (line != nullptr && !line->word(1).empty()) return std::string(line->word(1));
  const Statement* const global = work.global(node, "script_user");
  if (global != nullptr && !global->word(1).empty()) return std::string(global->word(1));
  return "root";
}

}  // namespace hapair::importing::keepalived
