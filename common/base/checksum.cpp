#include "common/base/checksum.hpp"

namespace hapair::base {

InternetChecksum& InternetChecksum::add(Bytes bytes) {
  for (std::uint8_t byte : bytes) {
    sum_ += odd_ ? byte : static_cast<std::uint64_t>(byte) << 8;
    odd_ = !odd_;
  }
  return *this;
}

InternetChecksum& InternetChecksum::add_u16(std::uint16_t value) {
  const std::uint8_t wire[] = {static_cast<std::uint8_t>(value >> 8),
                               static_cast<std::uint8_t>(value)};
  return add(wire);
}

InternetChecksum& InternetChecksum::add_u32(std::uint32_t value) {
  return add_u16(static_cast<std::uint16_t>(value >> 16))
      .add_u16(static_cast<std::uint16_t>(value));
}

std::uint16_t InternetChecksum::finish() const {
  std::uint64_t folded = sum_;
  while (folded >> 16 != 0) folded = (folded & 0xffff) + (folded >> 16);
  return static_cast<std::uint16_t>(~folded);
}

}  // namespace hapair::base
