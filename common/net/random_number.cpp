#include "common/net/random_number.hpp"

#include <sys/random.h>

namespace hapair::net {

std::uint64_t random_number() {
  std::uint64_t number = 0;
  return ::getrandom(&number, sizeof number, GRND_NONBLOCK) == sizeof number ? number : 0;
}

std::array<std::uint8_t, 32> random_key() {
  std::array<std::uint8_t, 32> key{};
  if (::getrandom(key.data(), key.size(), GRND_NONBLOCK) != sizeof key) key = {};
  return key;
}

}  // namespace hapair::net
