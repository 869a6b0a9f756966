// Documents of the control API about one subject, made of the status: backends, servers, VIPs,
// certificates, the loop, what was changed at run time. docs/api.md describes every field.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
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
/// GET /v1/servers/{backend}/{server}; empty: there is none.
[[nodiscard]] std::string render_server(const Status& status, std::string_view backend,
                                        std::string_view server);
[[nodiscard]] bool has_backend(const Status& status, std::string_view backend);

/// A document whose last member is a long list, a few elements a piece.
class ListDocument : public PiecedDocument {
 public:
  static constexpr std::size_t kBatch = 32;

  [[nodiscard]] std::string next() final;

 private:
  /// All that stands before the first element, without a line break at its end.
  [[nodiscard]] virtual std::string head() const = 0;
  [[nodiscard]] virtual std::size_t size() const = 0;
  /// One element, indented.
  [[nodiscard]] virtual std::string entry(std::size_t place) const = 0;

  std::size_t next_ = 0;
  bool ended_ = false;
};

/// GET /v1/drift.
class DriftDocument final : public ListDocument {
 public:
  explicit DriftDocument(Status status);

 private:
  [[nodiscard]] std::string head() const override;
  [[nodiscard]] std::size_t size() const override;
  [[nodiscard]] std::string entry(std::size_t place) const override;

  Status status_;
};

/// GET /v1/servers, of all backends or (not empty) of one. A server that was removed has no target,
/// and another may have its name.
class ServersDocument final : public ListDocument {
 public:
  ServersDocument(Status status, std::string_view backend);

 private:
  [[nodiscard]] std::string head() const override;
  [[nodiscard]] std::size_t size() const override;
  [[nodiscard]] std::string entry(std::size_t place) const override;

  Status status_;
  std::map<std::string, const TargetStatus*, std::less<>> targets_;  ///< by name
  std::set<std::string, std::less<>> added_;                         ///< names
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
