// Some of a VIP group's addresses, by their order in the grants.
#pragma once

#include <cstddef>

namespace hapair::guardian {

struct AddressRange {
  std::size_t group = 0;
  std::size_t first = 0;
  std::size_t count = 0;
  bool operator==(const AddressRange&) const = default;
};

}  // namespace hapair::guardian
