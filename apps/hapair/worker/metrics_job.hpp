// The document of GET /metrics with what it is made of gathered in parts, so that a thousand
// servers hold nobody up.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "apps/hapair/control/metrics.hpp"
#include "apps/hapair/control/pieced_document.hpp"
#include "liblb/io/engine.hpp"

namespace hapair::check {
class Registry;
}

namespace hapair::worker {

class WorkerStatus;

class MetricsJob final : public control::PiecedDocument {
 public:
  /// Targets or servers of a part.
  static constexpr std::size_t kPart = 64;

  /// All of them outlive it.
  MetricsJob(const WorkerStatus& status, const lb::Engine& engine, const check::Registry& registry);

  [[nodiscard]] bool prepare() override;
  [[nodiscard]] std::string next() override;

 private:
  const WorkerStatus& status_;
  const lb::Engine& engine_;
  const check::Registry& registry_;
  std::vector<control::TargetStatus> targets_;
  std::uint32_t next_target_ = 0;
  bool has_targets_ = false;
  lb::StatsSnapshot traffic_;
  lb::StatsPlace place_;
  std::unique_ptr<control::MetricsDocument> document_;  ///< once all is gathered
};

}  // namespace hapair::worker
