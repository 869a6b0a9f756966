// The whole of a document that is made in pieces.
#pragma once

#include <string>

#include "apps/hapair/control/pieced_document.hpp"

namespace hapair::control {

/// `pieces`: how many they were.
inline std::string whole(PiecedDocument& document, int* pieces = nullptr) {
  std::string all;
  int count = 0;
  for (std::string piece; !(piece = document.next()).empty(); ++count) all += piece;
  if (pieces != nullptr) *pieces = count;
  return all;
}

}  // namespace hapair::control
