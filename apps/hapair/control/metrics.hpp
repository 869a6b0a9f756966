// The document of GET /metrics: everything that is counted, in Prometheus' text format (version
// 0.0.4), with the base units of its conventions: seconds and bytes. docs/api.md lists the
// families. With thousands of servers it is long, so it is made in pieces. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/control/metrics_text.hpp"
#include "apps/hapair/control/pieced_document.hpp"
#include "apps/hapair/control/status_model.hpp"
#include "liblb/core/h2_counters.hpp"
#include "liblb/core/latency.hpp"

namespace hapair::control {

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

/// What the metrics are made of: copies, since the next piece is made when what they are of may be
/// gone.
struct MetricsFacts {
  struct Frontend {
    std::string name;
    lb::FrontendLatency times;
  };
  struct Backend {
    std::string name;
    lb::BackendLatency times;
  };
  struct Http2 {
    std::string proxy;
    bool servers = false;  ///< of a backend
    lb::H2Counters counters;
  };

  struct Server {
    std::string backend;
    std::string name;
    std::shared_ptr<const lb::ServerLatency> times;  ///< goes on being counted meanwhile
  };

  MetricsFacts(Status state, const std::vector<lb::LatencyView>& latencies,
               const std::vector<lb::H2View>& http2_views,
               const std::vector<lb::ServerLatencyView>& server_views = {});

  Status status;
  std::vector<Frontend> frontends{};
  std::vector<Backend> backends{};
  std::vector<Http2> http2{};
  std::vector<Server> servers{};  ///< whose times are told
  bool haproxy_names = false;
  bool keepalived_names = false;
  std::uint64_t max_connections = 0;  ///< of all frontends together
};

/// The rows of the statistics, by what they are of; the status outlives them.
struct MetricRows {
  explicit MetricRows(const Status& status);

  struct Group {
    std::size_t first = 0;  ///< among the servers
    std::size_t count = 0;
  };
  std::vector<const lb::StatsRow*> frontends{};
  std::vector<const lb::StatsRow*> backends{};
  std::vector<const lb::StatsRow*> servers{};
  std::vector<Group> groups{};  ///< the servers of each backend
};

/// How a family is told: its head, then what there is to say of each thing.
struct MetricFamily {
  std::string_view name;
  MetricsText::Type type;
  std::string_view help;
  std::size_t things;
  std::function<void(MetricsText&, std::size_t)> write;
};

class MetricsDocument final : public PiecedDocument {
 public:
  /// Bytes of a piece, or a few samples more; below a millisecond's work.
  static constexpr std::size_t kPiece = std::size_t{16} * 1024;

  explicit MetricsDocument(MetricsFacts facts);

  [[nodiscard]] std::string next() override;

 private:
  MetricsFacts facts_;
  MetricRows rows_;
  std::vector<MetricFamily> families_;  ///< refer to all of these
  std::size_t family_ = 0;
  std::size_t thing_ = 0;  ///< of it, the next one
};

}  // namespace hapair::control
