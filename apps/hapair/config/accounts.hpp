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

struct MissingAccount {
  std::string path;  ///< of the key that names it
  std::string fault;
  std::string remedy;
};

/// Those without which this host's node does not start. The user of the worker by default is none
/// of them: it has a stand-in.
[[nodiscard]] std::vector<MissingAccount> missing_accounts(const Draft& draft);

}  // namespace hapair::config
