// Counters as figures, for the process that goes on counting. The numbers are part of the
// hand-over's format (docs/decisions/0036-upgrade.md): none is ever given to another counter.
#include <array>
#include <utility>

#include "liblb/core/counters.hpp"
#include "liblb/core/h2_counters.hpp"
#include "liblb/core/persistence.hpp"

namespace hapair::lb {
namespace {

template <class Of>
using Row = std::pair<std::uint16_t, std::uint64_t Of::*>;

constexpr std::array<Row<TrafficCounters>, 18> kTraffic{{
    {1, &TrafficCounters::sessions_total},
    {2, &TrafficCounters::bytes_in},
    {3, &TrafficCounters::bytes_out},
    {4, &TrafficCounters::requests},
    {5, &TrafficCounters::request_errors},
    {6, &TrafficCounters::connect_errors},
    {7, &TrafficCounters::internal_errors},
    {8, &TrafficCounters::response_errors},
    {9, &TrafficCounters::retries},
    {10, &TrafficCounters::redispatches},
    {11, &TrafficCounters::client_aborts},
    {12, &TrafficCounters::server_aborts},
    {13, &TrafficCounters::intercepted},
    {14, &TrafficCounters::denied_requests},
    {15, &TrafficCounters::denied_connections},
    {16, &TrafficCounters::denied_handshakes},
    {17, &TrafficCounters::selected},
    {18, &TrafficCounters::connects},
}};
constexpr std::uint16_t kReuses = 19;
constexpr std::uint16_t kResponses = 20;  ///< and the five after it
constexpr std::uint16_t kMaxSessions = 30;
constexpr std::uint16_t kMaxSessionRate = 31;
constexpr std::uint16_t kMaxRequestRate = 32;
constexpr std::uint16_t kLastSession = 33;
/// Mean, highest and number of samples.
constexpr std::array<std::pair<std::uint16_t, TimeAverage TrafficCounters::*>, 4> kTimes{{
    {40, &TrafficCounters::queue_time},
    {43, &TrafficCounters::connect_time},
    {46, &TrafficCounters::response_time},
    {49, &TrafficCounters::total_time},
}};

constexpr std::array<Row<H2Counters>, 8> kH2{{
    {1, &H2Counters::connections_total},
    {2, &H2Counters::streams_total},
    {3, &H2Counters::peer_resets},
    {4, &H2Counters::stream_errors},
    {5, &H2Counters::connection_errors},
    {6, &H2Counters::refused_streams},
    {7, &H2Counters::goaways},
    {8, &H2Counters::ping_timeouts},
}};
constexpr std::uint16_t kMaxConnections = 10;
constexpr std::uint16_t kMaxStreams = 11;
constexpr std::uint16_t kFloods = 20;  ///< and those after it, by H2Flood

constexpr std::array<Row<PersistenceCounters>, 7> kKeeping{{
    {1, &PersistenceCounters::kept},
    {2, &PersistenceCounters::moved},
    {3, &PersistenceCounters::forged},
    {4, &PersistenceCounters::unreadable},
    {5, &PersistenceCounters::expired},
    {6, &PersistenceCounters::unknown},
    {7, &PersistenceCounters::set},
}};

template <class Of, std::size_t N>
void put(const std::array<Row<Of>, N>& rows, const Of& from, base::Figures& out) {
  for (const auto& [id, member] : rows) {
    if (from.*member != 0) out.emplace_back(id, from.*member);
  }
}

template <class Of, std::size_t N>
void take(const std::array<Row<Of>, N>& rows, const base::Figures& figures, Of& into) {
  for (const auto& [id, member] : rows) base::take_figure(figures, id, into.*member);
}

std::uint64_t figure(const base::Figures& figures, std::size_t id) {
  std::uint64_t value = 0;
  base::take_figure(figures, static_cast<std::uint16_t>(id), value);
  return value;
}

}  // namespace

base::Figures TrafficCounters::figures() const {
  base::Figures out;
  put(kTraffic, *this, out);
  out.emplace_back(kReuses, reuses);
  for (std::size_t i = 0; i < responses.counts().size(); ++i) {
    out.emplace_back(kResponses + i, responses.counts()[i]);
  }
  out.emplace_back(kMaxSessions, sessions.max());
  out.emplace_back(kMaxSessionRate, session_rate.max());
  out.emplace_back(kMaxRequestRate, request_rate.max());
  out.emplace_back(kLastSession, base::figure_of(last_session.time_since_epoch()));
  for (const auto& [id, member] : kTimes) {
    const TimeAverage& time = this->*member;
    out.emplace_back(id, base::figure_of(time.mean()));
    out.emplace_back(id + 1, base::figure_of(time.max()));
    out.emplace_back(id + 2, time.samples());
  }
  return out;
}

void TrafficCounters::adopt(const base::Figures& figures) {
  take(kTraffic, figures, *this);
  base::take_figure(figures, kReuses, reuses);
  std::array<std::uint64_t, 6> counts = responses.counts();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    base::take_figure(figures, static_cast<std::uint16_t>(kResponses + i), counts[i]);
  }
  responses.adopt(counts);
  sessions.adopt_max(figure(figures, kMaxSessions));
  session_rate.adopt_max(figure(figures, kMaxSessionRate));
  request_rate.adopt_max(figure(figures, kMaxRequestRate));
  base::Duration last{};
  base::take_figure(figures, kLastSession, last);
  if (last > base::Duration::zero()) last_session = base::Instant(last);
  for (const auto& [id, member] : kTimes) {
    base::Duration mean{};
    base::Duration max{};
    base::take_figure(figures, id, mean);
    base::take_figure(figures, static_cast<std::uint16_t>(id + 1), max);
    (this->*member).adopt(mean, max, figure(figures, id + 2U));
  }
}

base::Figures H2Counters::figures() const {
  base::Figures out;
  put(kH2, *this, out);
  out.emplace_back(kMaxConnections, connections.max());
  out.emplace_back(kMaxStreams, streams.max());
  for (std::size_t i = 0; i < floods.size(); ++i) out.emplace_back(kFloods + i, floods[i]);
  return out;
}

void H2Counters::adopt(const base::Figures& figures) {
  take(kH2, figures, *this);
  connections.adopt_max(figure(figures, kMaxConnections));
  streams.adopt_max(figure(figures, kMaxStreams));
  for (std::size_t i = 0; i < floods.size(); ++i) {
    base::take_figure(figures, static_cast<std::uint16_t>(kFloods + i), floods[i]);
  }
}

base::Figures PersistenceCounters::figures() const {
  base::Figures out;
  put(kKeeping, *this, out);
  return out;
}

void PersistenceCounters::adopt(const base::Figures& figures) { take(kKeeping, figures, *this); }

}  // namespace hapair::lb
