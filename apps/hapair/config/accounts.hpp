// The accounts that the file names, as this host has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/config/draft.hpp"

namespace hapair::config {

struct UserEntry {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

[[nodiscard]] std::optional<UserEntry> find_user(const std::string& name);
[[nodiscard]] std::optional<std::uint32_t> find_group(const std::string& name);

/// The worker's user is the one by default, and not there: another one stands in.
[[nodiscard]] bool needs_stand_in(const Process& process);

struct MissingAccount {
  std::string path;  ///< of the key that names it
  std::string fault;
  std::string remedy;
};

/// Those without which this host's node does not start.
[[nodiscard]] std::vector<MissingAccount> missing_accounts(const Draft& draft);

}  // namespace hapair::config
