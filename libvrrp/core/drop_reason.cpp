#include "libvrrp/core/drop_reason.hpp"

#include <numeric>

namespace hapair::vrrp {

std::string_view to_string(DropReason reason) {
  switch (reason) {
    case DropReason::kIpHeader:
      return "ip-header";
    case DropReason::kTtl:
      return "ttl";
    case DropReason::kDestination:
      return "destination";
    case DropReason::kOwnPacket:
      return "own-packet";
    case DropReason::kSourceNotPeer:
      return "not-a-peer";
    case DropReason::kTooShort:
      return "too-short";
    case DropReason::kVersion:
      return "version";
    case DropReason::kType:
      return "type";
    case DropReason::kLength:
      return "length";
    case DropReason::kNoAddresses:
      return "no-addresses";
    case DropReason::kChecksum:
      return "checksum";
    case DropReason::kUnknownVrid:
      return "unknown-vrid";
    case DropReason::kAuthType:
      return "auth-type";
    case DropReason::kAuthKey:
      return "auth-key";
    case DropReason::kIntervalMismatch:
      return "interval-mismatch";
  }
  return "unknown";
}

std::uint64_t DropCounters::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace hapair::vrrp
