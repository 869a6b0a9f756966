// From the bytes of a keyboard to keys: characters of UTF-8, and the sequences of arrows and pages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/top/key.hpp"

namespace hapair::top {

class KeyReader {
 public:
  /// Sequences that nothing is known of are dropped; one may come in pieces.
  [[nodiscard]] std::vector<Key> take(std::string_view bytes);

 private:
  std::string begun_;  ///< a sequence whose end has not come
};

}  // namespace hapair::top
