// Names for what the result has by names, such as servers and targets, where two would be the same.
#pragma once

#include <string>
#include <string_view>

#include "apps/hapair/import/json_tree.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {

/// The name as the config may have it, with a number behind it where `list` has that key already.
/// `list` null: nothing is there yet.
[[nodiscard]] inline std::string free_key(const JsonTree* list, std::string_view name) {
  constexpr std::size_t kRoom = 56;  // a name has 64 characters at most
  std::string out = config_name(name);
  for (int i = 2; list != nullptr && list->contains(out); ++i) {
    out = config_name(base::concat(name.substr(0, kRoom), "_", i));
  }
  return out;
}

}  // namespace hapair::importing::keepalived
