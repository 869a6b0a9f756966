// How well this node can serve, and the priority that says so on the wire. Health is a verdict, an
// order of a few words, and not arithmetic: a node that can serve beats one whose backends lack
// servers, which beats one that has lost its gateway, whatever the preference between them. The
// penalties of keepalived's manner are there as well, for those who want them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hapair::vrrp {

/// How well a node can serve, best first.
enum class Verdict : std::uint8_t {
  kServes,
  kBackendsShort,      ///< a backend has too few servers, seen from this node
  kBackendsElsewhere,  ///< and another node says that it has more (core/servers_elsewhere.hpp)
  kGatewayLost,        ///< clients beyond the gateway can't be reached
  kUnfit,              ///< can't serve at all: stays out of the election
};

/// "serves", "backends short", "backends elsewhere", "gateway lost", "unfit".
[[nodiscard]] std::string_view to_string(Verdict verdict);

/// So many verdicts lie between the best and kUnfit.
inline constexpr int kVerdictBands = 3;

/// Where the nodes' configured priorities stand. Below the lowest of them lie bands of as many
/// priorities as there are nodes: the uppermost says kBackendsShort, the lowest kGatewayLost;
/// within a band the preference counts as ever. So each node reads the others' verdicts off their
/// adverts.
struct VerdictScale {
  std::uint8_t lowest = 0;  ///< of the nodes' configured priorities; above kVerdictBands * nodes
  std::uint8_t nodes = 0;   ///< 0: there is no scale, every priority means kServes
  std::uint8_t rank = 0;    ///< of this node by preference, from 0

  bool operator==(const VerdictScale&) const = default;
};

/// The priority that says `verdict`; `own` for the best one and where there is no scale.
[[nodiscard]] std::uint8_t wire_priority(const VerdictScale& scale, std::uint8_t own,
                                         Verdict verdict);
/// What an advertised priority says of its sender; kServes for one outside of the bands.
[[nodiscard]] Verdict verdict_on_wire(const VerdictScale& scale, std::uint8_t priority);

/// Something tracked: a backend that needs servers, an interface that must be up.
struct TrackedCondition {
  std::string name;  ///< "backend web_server"
  bool met = true;
  std::string detail;                  ///< the state of things: "0 of 3 servers up, 1 needed"
  std::uint8_t penalty = 0;            ///< taken off the priority while unmet
  Verdict verdict = Verdict::kServes;  ///< the best that can be said of the node while unmet
  bool network = false;                ///< while unmet, no advert reaches the node
};

/// What an election is run with.
struct Fitness {
  Verdict verdict = Verdict::kServes;
  std::uint8_t priority = 0;  ///< 1 to 254, or 255 for the owner; still set when unfit
  std::string reason;         ///< which conditions are unmet; empty when none is
  bool cut_off = false;       ///< one of them is the network itself

  /// False: stay out of the election.
  [[nodiscard]] bool fit() const { return verdict != Verdict::kUnfit; }

  bool operator==(const Fitness&) const = default;
};

/// The verdict is the worst of the unmet conditions; the priority is its own on the scale, less the
/// penalties, 1 to 254. An owner (255) stays one: tracking can make it unfit, never lower it.
[[nodiscard]] Fitness assess_fitness(std::uint8_t base, const VerdictScale& scale,
                                     std::span<const TrackedCondition> conditions);

}  // namespace hapair::vrrp
