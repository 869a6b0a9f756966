// Documents of the control API about one subject, made of the status: backends, servers, VIPs,
// certificates, the loop, what was changed at run time. docs/api.md describes every field.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "apps/hapair/control/pieced_document.hpp"
#include "apps/hapair/control/status_model.hpp"

namespace hapair::control {

/// GET /v1/backends.
[[nodiscard]] std::string render_backends(const Status& status);
/// GET /v1/vips.
[[nodiscard]] std::string render_vips(const Status& status);
/// GET /v1/certificates.
[[nodiscard]] std::string render_certificates(const Status& status);
/// GET /v1/loop.
[[nodiscard]] std::string render_loop(const Status& status);
/// GET /v1/drift.
[[nodiscard]] std::string render_drift(const Status& status);
/// GET /v1/servers/{backend}/{server}; empty: there is none.
[[nodiscard]] std::string render_server(const Status& status, std::string_view backend,
                                        std::string_view server);
[[nodiscard]] bool has_backend(const Status& status, std::string_view backend);

/// GET /v1/servers, of all backends or (not empty) of one, a few servers a piece.
class ServersDocument final : public PiecedDocument {
 public:
  static constexpr std::size_t kBatch = 32;

  ServersDocument(Status status, std::string_view backend);
  [[nodiscard]] std::string next() override;

 private:
  Status status_;
  std::map<std::string, const TargetStatus*, std::less<>> targets_;  ///< by name
  std::size_t next_ = 0;                                             ///< of the rows
  bool begun_ = false;
  bool any_ = false;
  bool ended_ = false;
};

/// GET /v1/stats.csv, a few rows a piece.
class StatsDocument final : public PiecedDocument {
 public:
  static constexpr std::size_t kBatch = 64;

  explicit StatsDocument(lb::StatsSnapshot traffic) : traffic_(std::move(traffic)) {}
  [[nodiscard]] std::string next() override;

 private:
  lb::StatsSnapshot traffic_;
  std::size_t next_ = 0;
  bool begun_ = false;
};

}  // namespace hapair::control
