// Maps of a configuration; a part of the model (model.hpp).
#pragma once

#include <cstddef>
#include <string>

#include "liblb/core/rules/map.hpp"

namespace hapair::config {

/// Its place in the model is its place on the rules' Shelf.
struct RuleMap {
  std::string name;
  std::size_t file = 0;  ///< index into Model::tls_files
  lb::rules::MapTerms terms{};

  bool operator==(const RuleMap&) const = default;
};

}  // namespace hapair::config
