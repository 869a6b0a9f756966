// What guardian, worker and supervisor of one hapair say to each other while another one takes its
// place, or while it takes another one's. Parts of the lists in protocol.hpp; what the two hapairs
// say to each other is in apps/hapair/handover/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/time.hpp"

namespace hapair::guardian {

enum class SocketKind : std::uint8_t { kBind, kControl, kVrrp4, kVrrp6 };
inline constexpr std::uint8_t kSocketKinds = 4;

struct SocketTag {
  SocketKind kind = SocketKind::kBind;
  std::uint16_t index = 0;  ///< of the bind, or of the interface
  bool operator==(const SocketTag&) const = default;
};

// Worker to guardian.

/// An operator wants the binary that is on disk now to go on.
struct WantUpgrade {
  bool operator==(const WantUpgrade&) const = default;
};
/// With as many descriptors: what the worker listens on.
struct SocketsHere {
  static constexpr std::size_t kMax = 16;

  std::vector<SocketTag> sockets{};  ///< up to kMax
  bool last = false;                 ///< no more come
  bool operator==(const SocketsHere&) const = default;
};
/// The state is in the memory that was given for it.
struct StateHere {
  bool whole = false;  ///< else it can't be had
  bool operator==(const StateHere&) const = default;
};
/// Of a successor's worker: everything stands, and serves once it is told to.
struct Prepared {
  bool operator==(const Prepared&) const = default;
};
/// It has taken in the state of the process before.
struct Adopted {
  bool operator==(const Adopted&) const = default;
};

// Guardian to worker.

/// Another hapair may take over.
struct GiveAway {
  enum class What : std::uint8_t {
    kSockets,  ///< say what you listen on
    kState,    ///< stop deciding, and say where you are; with one descriptor, memory for it
    kNothing,  ///< it didn't come to that: go on
    kAll,      ///< it has taken over: finish what you have within `drain`, then leave
  };
  static constexpr std::uint8_t kWhats = 4;

  What what = What::kSockets;
  base::Duration drain{};
  bool operator==(const GiveAway&) const = default;
};
/// With one descriptor: the memory that holds the state of the process before.
struct TakeOver {
  bool operator==(const TakeOver&) const = default;
};
/// The duty is ours: serve.
struct Serve {
  bool operator==(const Serve&) const = default;
};

// Supervisor to guardian.

/// With two descriptors: a channel to the guardian of a hapair that wants to take over, and the
/// page that says whose the duty is.
struct HandOver {
  bool operator==(const HandOver&) const = default;
};

// Guardian to supervisor.

struct UpgradeWanted {
  bool operator==(const UpgradeWanted&) const = default;
};
/// The duty is the other hapair's.
struct HandedOver {
  bool operator==(const HandedOver&) const = default;
};
/// It is ours, and stays so.
struct KeptDuty {
  std::string reason;
  bool operator==(const KeptDuty&) const = default;
};

}  // namespace hapair::guardian
