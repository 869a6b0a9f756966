// What a drain tells at its end.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace hapair::lb {

struct DrainReport {
  static constexpr std::size_t kMaxNamed = 10;

  std::size_t left = 0;              ///< connections that did not end in time
  std::vector<std::string> named{};  ///< of these the first ones: client and listener
};

using Drained = std::function<void(const DrainReport&)>;

}  // namespace hapair::lb
