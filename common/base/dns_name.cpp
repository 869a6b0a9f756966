#include "common/base/dns_name.hpp"

#include <cstdint>

namespace hapair::base {
namespace {

constexpr std::uint8_t kPointer = 0xc0;

}  // namespace

Bytes DnsLabels::next() {
  while (ok_) {
    ByteReader in(message_.subspan(at_));
    const std::uint8_t length = in.u8();
    if ((length & kPointer) == kPointer) {
      const std::size_t target = static_cast<std::size_t>(length & ~kPointer) << 8 | in.u8();
      ok_ = in.ok() && target < lowest_ && ++pointers_ <= kMaxPointers;
      if (!behind_) behind_ = at_ + 2;
      at_ = lowest_ = target;
      continue;
    }
    const Bytes label = in.take(length);
    bytes_ += length + std::size_t{1};
    ok_ = in.ok() && length <= kMaxLabel && bytes_ <= kMaxName + 1;
    if (!ok_ || length == 0) break;
    at_ += length + std::size_t{1};
    return label;
  }
  return {};
}

}  // namespace hapair::base
