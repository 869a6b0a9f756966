// What is counted about a frontend's HTTP/2 clients, or a backend's HTTP/2 servers, beyond what all
// clients and servers have.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "liblb/core/counters.hpp"
#include "liblb/core/h2_flood_guard.hpp"

namespace hapair::lb {

struct H2Counters {
  Gauge connections;
  Gauge streams;
  std::uint64_t connections_total = 0;
  std::uint64_t streams_total = 0;
  std::uint64_t peer_resets = 0;        ///< streams that the peer gave up
  std::uint64_t stream_errors = 0;      ///< streams that we reset for the peer's fault
  std::uint64_t connection_errors = 0;  ///< connections that we ended for the peer's fault
  std::uint64_t refused_streams = 0;    ///< begun after it was said that no more are taken
  std::uint64_t goaways = 0;            ///< connections of which the server takes no more streams
  std::uint64_t ping_timeouts = 0;      ///< connections whose peer answered no PING
  std::array<std::uint64_t, kH2FloodKinds> floods{};  ///< of connection_errors, by H2Flood

  /// For another process, and back; what is under way stays out of it.
  [[nodiscard]] base::Figures figures() const;
  void adopt(const base::Figures& figures);
};

/// The record outlives it.
struct H2View {
  std::string_view proxy;
  bool servers = false;  ///< of a backend
  const H2Counters* counters = nullptr;
};

}  // namespace hapair::lb
