// What the guardians (and, with the first step, the supervisors) of two hapairs say to each other
// while one takes the other's place. Each is a document (records.hpp) in one packet.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace hapair::handover {

enum class Step : std::uint8_t {
  kNone,
  kOffer,       ///< to the successor: with the ledger, the duty page and the guardians' channel
  kAskSockets,  ///< back: it has read its configuration
  kSockets,     ///< some of the sockets, by their names
  kAskState,    ///< back: its worker stands
  kState,       ///< the standing orders; with the memory that holds the worker's state
  kRefused,     ///< either way: it is over, and why
};
inline constexpr std::uint8_t kSteps = 7;

/// What a guardian has been told to do about one VIP group.
struct Duty {
  std::string group;
  std::uint8_t router_id = 0;
  std::string interface;
  std::vector<std::string> addresses{};  ///< "192.0.2.1/24", in order
  bool advertising = false;
  bool held = false;
  std::uint8_t priority = 0;
  base::Duration interval{};

  bool operator==(const Duty&) const = default;
};

struct StepMessage {
  Step step = Step::kNone;
  std::string reason{};                ///< kRefused
  std::vector<std::string> sockets{};  ///< kSockets: of the descriptors along with it, in order
  bool last = false;                   ///< kSockets: no more come
  std::vector<Duty> duties{};          ///< kState

  bool operator==(const StepMessage&) const = default;
};

[[nodiscard]] std::vector<std::uint8_t> encode_step(const StepMessage& message);
[[nodiscard]] base::Result<StepMessage> decode_step(base::Bytes bytes);

}  // namespace hapair::handover
