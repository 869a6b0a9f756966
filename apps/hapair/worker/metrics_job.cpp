#include "apps/hapair/worker/metrics_job.hpp"

#include <utility>

#include "apps/hapair/control/status_targets.hpp"
#include "apps/hapair/worker/status_source.hpp"

namespace hapair::worker {

MetricsJob::MetricsJob(const WorkerStatus& status, const lb::Engine& engine,
                       const check::Registry& registry)
    : status_(status), engine_(engine), registry_(registry) {}

bool MetricsJob::prepare() {
  if (document_) return true;
  if (!has_targets_) {
    has_targets_ = control::add_target_statuses(registry_, kPart, next_target_, targets_);
    return false;
  }
  if (!engine_.add_stats(traffic_, place_, kPart)) return false;
  control::Status status = status_.outline();
  status.targets = std::move(targets_);
  status.traffic = std::move(traffic_);
  document_ = std::make_unique<control::MetricsDocument>(status_.metrics_of(std::move(status)));
  return true;
}

std::string MetricsJob::next() { return document_->next(); }

}  // namespace hapair::worker
