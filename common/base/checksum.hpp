// The Internet checksum (RFC 1071), as VRRP and ICMPv6 use it.
#pragma once

#include <cstdint>

#include "common/base/bytes.hpp"

namespace hapair::base {

/// Sums parts of a message in order; odd-length parts are padded only at the very end.
class InternetChecksum {
 public:
  InternetChecksum& add(Bytes bytes);
  InternetChecksum& add_u16(std::uint16_t value);
  InternetChecksum& add_u32(std::uint32_t value);

  /// The value to put on the wire; 0 when the sum covers a message with a right checksum in it.
  [[nodiscard]] std::uint16_t finish() const;

 private:
  std::uint64_t sum_ = 0;
  bool odd_ = false;
};

}  // namespace hapair::base
