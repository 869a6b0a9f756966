// How long things take, as distributions (log-linear buckets of fixed memory): means over the last
// thousand, as in the statistics, say nothing of the slow ones.
#pragma once

#include <memory>
#include <string_view>

#include "common/base/histogram.hpp"

namespace hapair::lb {

struct FrontendLatency {
  base::Histogram request;  ///< HTTP: from a request's first byte to its complete head
  base::Histogram total;    ///< to the last byte of the response; TCP: of the connection
};

struct BackendLatency {
  base::Histogram queue;     ///< for a server with room
  base::Histogram connect;   ///< for a new connection to a server to stand
  base::Histogram response;  ///< HTTP: from there to the response's head
  base::Histogram total;     ///< from the complete request head to the end of the response
};

/// Of one server, where that is wanted.
struct ServerLatency {
  base::Histogram connect;   ///< as in BackendLatency
  base::Histogram response;  ///< likewise
  base::Histogram total;     ///< likewise
};

/// Exactly one of the two is there, and outlives it.
struct LatencyView {
  std::string_view proxy;
  const FrontendLatency* frontend = nullptr;
  const BackendLatency* backend = nullptr;
};

/// Shared with the server, as it goes on being told after the server has gone.
struct ServerLatencyView {
  std::string_view backend;
  std::string_view server;
  std::shared_ptr<const ServerLatency> times;
};

}  // namespace hapair::lb
