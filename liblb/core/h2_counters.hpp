// What is counted about a frontend's HTTP/2 clients, beyond what all clients have.
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
  std::uint64_t client_resets = 0;      ///< streams that their client gave up
  std::uint64_t stream_errors = 0;      ///< streams that we reset for their client's fault
  std::uint64_t connection_errors = 0;  ///< connections that we ended for their client's fault
  std::uint64_t refused_streams = 0;    ///< begun after we had said that we take no more
  std::uint64_t ping_timeouts = 0;      ///< connections whose client answered no PING
  std::array<std::uint64_t, kH2FloodKinds> floods{};  ///< of connection_errors, by H2Flood
};

/// The record outlives it.
struct H2View {
  std::string_view frontend;
  const H2Counters* counters = nullptr;
};

}  // namespace hapair::lb
