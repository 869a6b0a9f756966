// Maps and looks into them as read, a part of the draft (draft.hpp).
#pragma once

#include <string>

#include "liblb/core/rules/map.hpp"

namespace hapair::config {

struct MapDraft {
  std::string path;  ///< where it stands in the file
  std::string name;
  std::string file;  ///< empty where it is faulty
  lb::rules::MapKind kind = lb::rules::MapKind::kExact;
};

/// A rule or match looks into a map.
struct MapLookupDraft {
  std::string map;  ///< empty where it is faulty, as is the key
  std::string key;
  std::string fallback{};  ///< use_backend: where the map has no such key; empty: none
};

}  // namespace hapair::config
