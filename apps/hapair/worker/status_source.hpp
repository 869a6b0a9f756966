// Gathers the worker's status from its parts: what the control socket shows.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/control/actions.hpp"
#include "apps/hapair/control/metrics.hpp"
#include "apps/hapair/guardian/heartbeat.hpp"
#include "apps/hapair/guardian/shared_page.hpp"
#include "apps/hapair/worker/alert_wiring.hpp"
#include "apps/hapair/worker/command_alerts.hpp"
#include "apps/hapair/worker/drilling.hpp"
#include "apps/hapair/worker/health_wiring.hpp"
#include "apps/hapair/worker/hello_wiring.hpp"
#include "apps/hapair/worker/journal_feed.hpp"
#include "apps/hapair/worker/log_targets.hpp"
#include "apps/hapair/worker/rule_files.hpp"
#include "apps/hapair/worker/scripts.hpp"
#include "apps/hapair/worker/server_changes.hpp"
#include "apps/hapair/worker/server_names.hpp"
#include "apps/hapair/worker/shortage.hpp"
#include "apps/hapair/worker/tls_wiring.hpp"
#include "apps/hapair/worker/vip_set.hpp"
#include "liblb/io/engine.hpp"

namespace hapair::worker {

/// What the status is made of; all of it outlives the source.
struct StatusParts {
  const config::Model& model;
  const std::string& config_text;
  const control::ReloadStatus& reload;
  const LogTargets& log;
  const guardian::Heartbeat& heartbeat;
  const guardian::SharedPage& page;
  const lb::Engine& engine;
  const HealthWiring& health;
  const ServerNames& names;
  const AlertWiring& alerts;
  const CommandAlerts& commands;
  const TlsWiring& tls;
  const Shortage& shortage;
  const RuleFiles& rule_files;
  const Scripts& scripts;
  const VipSet& vips;
  const HelloWiring* hello;  ///< null: the nodes say none
  const Drilling* drilling;  ///< null: there can be none without hellos
  const base::Journal& journal;
  const JournalFeed* journal_feed;  ///< null: no file is kept
  const control::ReloadStatus& check;
  const ServerChanges& changes;
};

class WorkerStatus final : public control::StatusSource {
 public:
  explicit WorkerStatus(const StatusParts& parts);
  /// Some of the parts have been made anew.
  void use(const StatusParts& parts) { parts_.emplace(parts); }

  [[nodiscard]] control::Status status() const override;
  [[nodiscard]] const base::Journal& journal() const override { return parts_->journal; }
  [[nodiscard]] std::string errors() const override;
  [[nodiscard]] std::string latency() const override;
  [[nodiscard]] std::string http2() const override;
  [[nodiscard]] std::string tables() const override;
  [[nodiscard]] control::SessionsFacts sessions() const override;
  [[nodiscard]] std::string drill() const override;
  [[nodiscard]] std::string reload() const override;
  [[nodiscard]] std::string log() const override;
  [[nodiscard]] std::string config(bool whole) const override;
  /// What metrics are made of when that status has been gathered.
  [[nodiscard]] control::MetricsFacts metrics_of(control::Status status) const;
  [[nodiscard]] std::unique_ptr<control::PiecedDocument> metrics_document() const override;
  [[nodiscard]] control::Readiness readiness() const override;
  [[nodiscard]] control::Status without_targets() const override;
  [[nodiscard]] control::Status outline() const override;
  /// Of the status what tells of this node, its peers and the VIPs.
  [[nodiscard]] control::Status pair() const;

 private:
  [[nodiscard]] std::vector<control::DriftStatus> drift() const;
  [[nodiscard]] std::vector<control::NodeStatus> node_statuses(base::Instant now) const;
  [[nodiscard]] std::vector<control::UnusableScript> unusable_scripts(std::size_t notify) const;
  [[nodiscard]] control::NotifyStatus notify_status(std::size_t notify) const;
  [[nodiscard]] std::vector<control::NameStatus> name_statuses() const;
  [[nodiscard]] std::vector<control::AlertStatus> alert_statuses() const;
  [[nodiscard]] std::vector<control::CertificateStatus> certificate_statuses() const;
  [[nodiscard]] std::vector<control::ShortageStatus> shortage_statuses() const;
  [[nodiscard]] std::vector<control::MapStatus> map_statuses() const;
  [[nodiscard]] control::VipStatus vip_status(std::size_t vip, base::Instant now) const;

  std::optional<StatusParts> parts_;
  base::Instant started_;
};

}  // namespace hapair::worker
