#include "libvrrp/core/effects.hpp"

namespace hapair::vrrp {

std::string_view to_string(State state) {
  switch (state) {
    case State::kInitialize:
      return "initialize";
    case State::kBackup:
      return "backup";
    case State::kMaster:
      return "master";
    case State::kFault:
      return "fault";
  }
  return "unknown";
}

std::string_view to_string(AlarmKind kind) {
  switch (kind) {
    case AlarmKind::kAddressesDiffer:
      return "vrrp-addresses-differ";
    case AlarmKind::kUnbelievableInterval:
      return "vrrp-interval-unbelievable";
    case AlarmKind::kAnotherMaster:
      return "vrrp-another-master";
    case AlarmKind::kTwoOwners:
      return "vrrp-two-owners";
    case AlarmKind::kPaused:
      return "vrrp-paused";
    case AlarmKind::kUnsignedPeer:
      return "vrrp-unsigned-peer";
    case AlarmKind::kIntervalDiffers:
      return "vrrp-interval-differs";
    case AlarmKind::kStranger:
      return "vrrp-stranger";
    case AlarmKind::kNodeRefused:
      return "vrrp-node-refused";
  }
  return "unknown";
}

}  // namespace hapair::vrrp
