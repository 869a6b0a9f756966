// Files that HAProxy reads lists and maps from, as hapair's `maps`.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/import/context.hpp"
#include "common/base/result.hpp"

namespace hapair::importing::haproxy {

class MapBook {
 public:
  static constexpr std::size_t kMaxFileBytes = 1024UL * 1024;

  explicit MapBook(Context& context) : context_(context) {}

  /// The name of the map of this file; `by` is as in the config. Fails where the file is there and
  /// its lines are no good for such a map.
  [[nodiscard]] base::Result<std::string> name_of(const std::string& file, std::string_view by);
  /// The patterns of a file, one in a line (the first word of it with `keys_only`); fails where it
  /// can't be read here.
  [[nodiscard]] base::Result<std::vector<std::string>> lines_of(const std::string& file,
                                                                bool keys_only);

 private:
  Context& context_;
  std::map<std::pair<std::string, std::string>, std::string> names_;  ///< by file and kind
};

}  // namespace hapair::importing::haproxy
