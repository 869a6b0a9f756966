// Which servers of a backend do much worse than their siblings: they are ejected for a while, and
// come back bit by bit. Pure: counts and time come in, changes go out.
//
//   with the others --window: much worse--> ejected --its time is over--> returning
//        ^                                     ^                             |   |
//        |                                     +---window: much worse again--+   |
//        +-----------------------------its share is whole again------------------+
//
// * Much worse is a share of errors of `error_share` at least that is also `factor` times the share
//   of all the others together; or a mean time of `latency_factor` times the middle one of theirs.
//   So what strikes all of them alike (a broken database) ejects none.
// * A server is judged, and counts as a sibling, with `min_requests` in the window at least.
// * Of all servers at most `max_ejected` percent are ejected at once, the worst first; the last one
//   that takes traffic never is.
// * The first time is `ejection_time`, the nth in succession n times that, up to
//   `max_ejection_time`. For each `ejection_time` that a server does well one of them is forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/time.hpp"
#include "liblb/core/observation.hpp"

namespace hapair::lb {

struct OutlierSettings {
  base::Duration window = std::chrono::seconds(10);
  std::uint32_t min_requests = 20;   ///< of a server in a window
  std::uint32_t error_share = 50;    ///< percent
  std::uint32_t latency_factor = 0;  ///< 0: times are not compared
  base::Duration ejection_time = std::chrono::seconds(30);
  base::Duration max_ejection_time = std::chrono::minutes(5);
  base::Duration return_time = std::chrono::seconds(30);  ///< over which the share grows back
  std::uint32_t max_ejected = 50;                         ///< percent of the servers
};

class OutlierDetector {
 public:
  /// An error share must be this many times that of the siblings.
  static constexpr std::uint64_t kErrorFactor = 2;
  /// Means below this are never slow: what is a multiple of next to nothing is noise.
  static constexpr base::Duration kNeverSlow = std::chrono::milliseconds(5);

  enum class Phase : std::uint8_t { kWithOthers, kEjected, kReturning };

  struct Change {
    std::size_t server = 0;
    Phase phase = Phase::kWithOthers;
    std::string reason;  ///< in words
  };

  OutlierDetector(OutlierSettings settings, std::size_t servers, base::Instant now);

  /// A server that is new at its place, which may be one behind the last.
  void add(std::size_t server) {
    if (server >= servers_.size()) servers_.resize(server + 1);
    servers_[server] = {};
  }

  /// When on_time() is wanted.
  [[nodiscard]] base::Instant deadline() const;
  /// What is due: the end of ejections and returns, and of the window, for which `counts` says what
  /// each server did in it and `open` which of them take traffic. They are read only where
  /// window_ends() says so; the caller then begins them anew.
  [[nodiscard]] std::vector<Change> on_time(std::span<const WindowCounts> counts,
                                            const std::vector<bool>& open, base::Instant now);
  [[nodiscard]] bool window_ends(base::Instant now) const { return now >= window_end_; }

 private:
  struct Server {
    Phase phase = Phase::kWithOthers;
    base::Instant until{};       ///< of its ejection or return
    std::uint32_t times = 0;     ///< ejections in succession
    base::Instant forgets_at{};  ///< when one of them is forgotten, while it does well
  };
  /// Why a server is an outlier, and how bad it is.
  struct Suspect {
    std::size_t server;
    double badness;
    std::string reason;
  };

  void end_phases(base::Instant now, std::vector<Change>& changes);
  [[nodiscard]] std::optional<Suspect> judge(std::size_t server,
                                             std::span<const WindowCounts> counts) const;
  [[nodiscard]] std::optional<Suspect> judge_errors(std::size_t server,
                                                    std::span<const WindowCounts> counts) const;
  [[nodiscard]] std::optional<Suspect> judge_latency(std::size_t server,
                                                     std::span<const WindowCounts> counts) const;
  [[nodiscard]] bool counts_for_much(const WindowCounts& counts) const {
    return counts.attempts >= settings_.min_requests;
  }
  [[nodiscard]] bool may_eject(std::size_t server, const std::vector<bool>& open) const;
  Change eject(const Suspect& suspect, base::Instant now);

  OutlierSettings settings_;
  std::vector<Server> servers_;
  base::Instant window_end_;
};

}  // namespace hapair::lb
