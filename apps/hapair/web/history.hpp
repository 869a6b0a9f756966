// What the traffic was like lately: once a second rates, sessions and latency percentiles of each
// frontend and backend, and rates of each server, in rings of fixed memory. Frontends and backends
// take some 17 KB each, servers 1.2 KB: 1.2 MB for a thousand. A sample is taken in pieces. Pure:
// time is passed in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/hapair/web/sample_ring.hpp"
#include "apps/hapair/web/traffic_view.hpp"
#include "common/base/histogram.hpp"
#include "common/base/time.hpp"

namespace hapair::lb {
class Backend;
}

namespace hapair::web {

/// Figures of frontends and backends, in this order. Rates are those of a second; errors are
/// responses with 5xx (mode tcp: connections that failed); times are in microseconds.
enum class ProxyFigure : std::uint8_t {
  kRequests,  ///< mode tcp: connections
  kSessions,
  kBytesIn,
  kBytesOut,
  kErrors,
  kP50,
  kP95,
  kP99,
};
inline constexpr std::size_t kProxyFigures = 8;

/// Figures of servers: requests, sessions, errors, and the mean of response times.
inline constexpr std::size_t kServerFigures = 4;

inline constexpr std::size_t kSeconds = 300;
inline constexpr std::size_t kMinutes = 360;
inline constexpr std::size_t kServerSeconds = 120;

using SecondRing = SampleRing<kProxyFigures, kSeconds>;
using MinuteRing = SampleRing<kProxyFigures, kMinutes>;
using ServerRing = SampleRing<kServerFigures, kServerSeconds>;

/// What is counted of something, as it was.
struct CountsBefore {
  std::uint64_t requests = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t errors = 0;
};

struct ProxyTrack {
  std::string name{};
  SecondRing seconds{};
  MinuteRing minutes{};
  bool known = false;  ///< it was looked at before
  CountsBefore second{};
  CountsBefore minute{};
  base::Histogram second_times{};
  base::Histogram minute_times{};
};

struct ServerTrack {
  std::string name{};  ///< empty: nobody has the place
  ServerRing seconds{};
  bool known = false;
  CountsBefore second{};
  std::uint64_t shown = 0;    ///< a hash of all that is shown of it
  std::uint64_t changed = 0;  ///< the number of the sample when that changed last
};

struct BackendTrack {
  ProxyTrack proxy;
  std::vector<ServerTrack> servers;  ///< by place
};

class History {
 public:
  /// Work of a piece, in servers.
  static constexpr std::size_t kPiece = 128;
  static constexpr std::uint64_t kPerMinute = 60;

  /// A sample begins; one that is not whole yet is given up, but for what it has seen already.
  void begin(base::Instant now);
  /// A piece of it. True: it is whole.
  [[nodiscard]] bool step(const TrafficView& traffic);
  [[nodiscard]] bool sampling() const { return sampling_; }
  /// The number of the last whole sample, from 1; 0: there is none.
  [[nodiscard]] std::uint64_t last() const { return last_; }
  /// When it was taken.
  [[nodiscard]] base::Instant at() const { return at_; }

  // By place in the traffic; none of them before the first sample.
  [[nodiscard]] const std::vector<ProxyTrack>& frontends() const { return frontends_; }
  [[nodiscard]] const std::vector<BackendTrack>& backends() const { return backends_; }
  /// Places are those of the traffic as it is now.
  [[nodiscard]] bool fits(const TrafficView& traffic) const {
    return fitted_ && changes_ == traffic.changes();
  }

 private:
  /// Other places: what is still there goes on under its name.
  void follow_change(const TrafficView& traffic);
  void sample_server(const lb::Backend& backend, std::size_t place, ServerTrack& track) const;
  void sample(const CountsBefore& counts, std::uint64_t sessions, const base::Histogram& times,
              ProxyTrack& track) const;
  /// Events a second, of those since `before`.
  [[nodiscard]] std::uint64_t rate(std::uint64_t now, std::uint64_t before,
                                   base::Duration time) const;

  std::vector<ProxyTrack> frontends_;
  std::vector<BackendTrack> backends_;
  bool fitted_ = false;
  std::uint64_t changes_ = 0;
  bool sampling_ = false;
  std::uint64_t last_ = 0;
  base::Instant at_{};     ///< of the last whole sample
  base::Instant begun_{};  ///< of the one under way
  base::Instant minute_begun_{};
  // Where the one under way is:
  std::size_t frontend_ = 0;
  std::size_t backend_ = 0;
  std::size_t server_ = 0;
};

}  // namespace hapair::web
