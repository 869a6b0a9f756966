// What is counted about a frontend, a listener, a backend or a server, with the meaning HAProxy's
// statistics give to the column named beside it. Owned by whoever is counted; read by snapshots.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "common/base/figures.hpp"
#include "common/base/time.hpp"
#include "liblb/core/rate.hpp"

namespace hapair::lb {

/// A level and the highest it ever was.
class Gauge {
 public:
  void add() { max_ = std::max(max_, ++current_); }
  void remove() { --current_; }
  [[nodiscard]] std::uint64_t current() const { return current_; }
  [[nodiscard]] std::uint64_t max() const { return max_; }
  /// Of an earlier process.
  void adopt_max(std::uint64_t max) { max_ = std::max(max_, max); }

 private:
  std::uint64_t current_ = 0;
  std::uint64_t max_ = 0;
};

/// Responses by class: index 0 for 1xx to 4 for 5xx, 5 for anything else (HAProxy's "other": no
/// response at all could be sent).
class ResponseClasses {
 public:
  static constexpr std::size_t kOther = 5;

  void count(unsigned status) { ++counts_[class_of(status)]; }
  /// One that was counted was not sent after all.
  void take_back(unsigned status) { --counts_[class_of(status)]; }
  [[nodiscard]] const std::array<std::uint64_t, 6>& counts() const { return counts_; }
  /// Of an earlier process.
  void adopt(const std::array<std::uint64_t, 6>& counts) { counts_ = counts; }

 private:
  static constexpr std::size_t class_of(unsigned status) {
    return status >= 100 && status <= 599 ? status / 100 - 1 : kOther;
  }
  std::array<std::uint64_t, 6> counts_{};
};

/// A sliding mean of durations over about the last 1024 samples, without a list of them.
class TimeAverage {
 public:
  void record(base::Duration value) {
    if (samples_ < kWindow) ++samples_;
    mean_ns_ += (static_cast<double>(value.count()) - mean_ns_) / static_cast<double>(samples_);
    max_ = std::max(max_, value);
  }
  [[nodiscard]] base::Duration mean() const {
    return base::Duration(static_cast<std::int64_t>(mean_ns_));
  }
  [[nodiscard]] base::Duration max() const { return max_; }
  [[nodiscard]] unsigned samples() const { return samples_; }
  /// Of an earlier process.
  void adopt(base::Duration mean, base::Duration max, std::uint64_t samples) {
    mean_ns_ = static_cast<double>(mean.count());
    max_ = max;
    samples_ = static_cast<unsigned>(std::min<std::uint64_t>(samples, kWindow));
  }

 private:
  static constexpr unsigned kWindow = 1024;
  double mean_ns_ = 0;
  unsigned samples_ = 0;
  base::Duration max_{0};
};

struct TrafficCounters {
  Gauge sessions;                        ///< scur, smax: connections (frontend), exchanges (rest)
  std::uint64_t sessions_total = 0;      ///< stot
  std::uint64_t bytes_in = 0;            ///< bin: from clients
  std::uint64_t bytes_out = 0;           ///< bout: to clients
  std::uint64_t requests = 0;            ///< req_tot
  std::uint64_t request_errors = 0;      ///< ereq: malformed, too large, too slow, given up
  std::uint64_t connect_errors = 0;      ///< econ
  std::uint64_t internal_errors = 0;     ///< eint: for want of something of our own
  std::uint64_t response_errors = 0;     ///< eresp: malformed, cut short, too slow
  std::uint64_t retries = 0;             ///< wretr
  std::uint64_t redispatches = 0;        ///< wredis
  std::uint64_t client_aborts = 0;       ///< cli_abrt
  std::uint64_t server_aborts = 0;       ///< srv_abrt
  std::uint64_t intercepted = 0;         ///< requests answered here: statistics
  std::uint64_t denied_requests = 0;     ///< dreq: refused by a rule or limit of ours
  std::uint64_t denied_connections = 0;  ///< dcon: their address had its number of them
  std::uint64_t denied_handshakes = 0;   ///< dses: there was no room for another
  std::uint64_t selected = 0;            ///< lbtot
  std::uint64_t connects = 0;            ///< connect: new connections to servers
  std::uint64_t reuses = 0;              ///< reuse: exchanges on a connection that stood already
  ResponseClasses responses;             ///< hrsp_*
  RateMeter session_rate;                ///< rate, rate_max
  RateMeter request_rate;                ///< req_rate, req_rate_max
  TimeAverage queue_time;                ///< qtime, qtime_max
  TimeAverage connect_time;              ///< ctime, ctime_max
  TimeAverage response_time;             ///< rtime, rtime_max
  TimeAverage total_time;                ///< ttime, ttime_max
  base::Instant last_session{};          ///< lastsess; the epoch: never

  /// For another process, and back; what is under way stays out of it.
  [[nodiscard]] base::Figures figures() const;
  void adopt(const base::Figures& figures);
};

}  // namespace hapair::lb
