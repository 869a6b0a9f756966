// What all parts of an import share while it runs.
#pragma once

#include "apps/hapair/import/account.hpp"
#include "apps/hapair/import/draft.hpp"
#include "apps/hapair/import/facts.hpp"
#include "apps/hapair/import/file_access.hpp"
#include "apps/hapair/import/options.hpp"
#include "apps/hapair/import/sources.hpp"

namespace hapair::importing {

struct Context {
  const Options& options;
  FileAccess& files;
  Sources sources{};
  Account account{};
  Draft draft{};
  ClusterFacts cluster{};

  /// Sources::load, with room in the account.
  [[nodiscard]] base::Result<std::uint32_t> load(const std::string& path, Program program,
                                                 std::uint16_t node = 0,
                                                 std::optional<Place> included = std::nullopt) {
    auto file = sources.load(files, path, program, node, included);
    if (file) account.add_source(*file, sources[*file]);
    return file;
  }
};

}  // namespace hapair::importing
