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
    case DropReason::kUnsigned:
      return "unsigned";
    case DropReason::kBadSignature:
      return "bad-signature";
    case DropReason::kReplay:
      return "replay";
  }
  return "unknown";
}

std::string_view explain(DropReason reason) {
  switch (reason) {
    case DropReason::kIpHeader:
      return "it is not a whole IPv4 packet with protocol 112";
    case DropReason::kTtl:
      return "its TTL is not 255, so a router has forwarded it";
    case DropReason::kDestination:
      return "it was sent to another address than this group listens to; set the same transport "
             "(multicast or unicast) on all nodes";
    case DropReason::kOwnPacket:
      return "it carries an address of this node as its source";
    case DropReason::kSourceNotPeer:
      return "its source is none of the cluster's nodes; list the sender as a node";
    case DropReason::kTooShort:
      return "it is too short for an advert";
    case DropReason::kVersion:
      return "its VRRP version differs; set the same version on all nodes";
    case DropReason::kType:
      return "it is not an advertisement";
    case DropReason::kLength:
      return "its length does not fit its address count";
    case DropReason::kNoAddresses:
      return "it announces no address";
    case DropReason::kChecksum:
      return "its checksum is wrong";
    case DropReason::kUnknownVrid:
      return "no group has its router_id";
    case DropReason::kAuthType:
      return "its authentication type differs; set the same auth on all nodes";
    case DropReason::kAuthKey:
      return "its password differs; set the same auth on all nodes";
    case DropReason::kIntervalMismatch:
      return "its advert interval differs, which version 2 forbids; set the same advert_interval "
             "on all nodes";
    case DropReason::kUnsigned:
      return "it is not signed, and this group takes only signed ones; give all nodes the same "
             "file and secret_file, or another auth while one of them can't sign";
    case DropReason::kBadSignature:
      return "its signature is wrong: the sender has another secret_file or cluster name, or is "
             "none of ours; copy the secret_file to all nodes";
    case DropReason::kReplay:
      return "it was sent before and has been recorded, or the sender's clock went back over a "
             "restart of its host; if it is a node of ours, correct its clock";
  }
  return "unknown";
}

std::uint64_t DropCounters::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace hapair::vrrp
