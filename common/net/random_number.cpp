#include "common/net/random_number.hpp"

#include <sys/random.h>

namespace hapair::net {

std::uint64_t random_number() {
  std::uint64_t number = 0;
  return ::getrandom(&number, sizeof number, GRND_NONBLOCK) == sizeof number ? number : 0;
}

}  // namespace hapair::net
