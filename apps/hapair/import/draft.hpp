// What an import makes: the one config of the cluster, and the secrets that go into files of their
// own. Keepalived's part fills `cluster`, `vips`, `sync_groups` and `targets`; HAProxy's fills
// `process`, `log`, `frontends`, `backends`, `matches`, `tables`, `maps`, `users`, `resolvers`; LVS
// virtual servers become frontends and backends.
#pragma once

#include <string>
#include <vector>

#include "apps/hapair/import/json_tree.hpp"

namespace hapair::importing {

/// A file that belongs to root and that nobody else can read (0600).
struct SecretFile {
  std::string path;  ///< as the config names it
  std::string text;  ///< empty: the command fills it with a random key
};

struct Draft {
  JsonTree config;
  std::vector<SecretFile> secrets{};
  /// What the files don't tell and the operator must decide, though nothing in them is wrong; the
  /// exit code tells that there is something. The result holds a placeholder with a comment.
  std::vector<std::string> decisions{};
  /// What the operator should do beside installing the config; lines of the report.
  std::vector<std::string> advice{};
};

}  // namespace hapair::importing
