// The status document as JSON, indented for people and with its fields in a fixed order. Field
// names are an interface: docs/api.md describes them, a golden test holds them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/control/status_model.hpp"
#include "common/base/journal.hpp"

namespace hapair::control {

/// GET /v1/status.
[[nodiscard]] std::string render_status(const Status& status);
/// GET /v1/health: how many targets are in each state, and the targets.
[[nodiscard]] std::string render_health(const Status& status);
/// The same with no targets in its list.
[[nodiscard]] std::string render_health_outline(const Status& status);
/// Elements of the status' or the health document's targets, as they stand there, with commas and
/// line ends between.
[[nodiscard]] std::string render_targets(std::span<const TargetStatus> targets, base::WallTime now);
/// Elements of a backend's servers, likewise; all rows are of servers.
[[nodiscard]] std::string render_servers(std::span<const lb::StatsRow> rows);
/// GET /v1/version.
[[nodiscard]] std::string render_version(const Status& status);

/// The sentences of explain.hpp for each VIP, or for the one that is named.
[[nodiscard]] std::string render_sentences(const Status& status, std::string_view vip,
                                           std::vector<std::string> (*tell)(const Status&,
                                                                            const VipStatus&));
/// One event as the journal's file has it, without the end of the line.
[[nodiscard]] std::string journal_line(const base::JournalEvent& event);
/// The events with a number above `after`, oldest first.
[[nodiscard]] std::string render_events(const base::Journal& journal, std::uint64_t after);

}  // namespace hapair::control
