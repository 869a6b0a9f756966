#include "apps/hapair/control/documents.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/control/json_write.hpp"
#include "apps/hapair/control/status_parts.hpp"
#include "common/base/text.hpp"
#include "liblb/core/stats_csv.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

Json head_of(const Status& status) {
  return {{"node", status.node}, {"time", base::format_wall_time(status.now)}};
}

/// Its figures, and how it stands in the health registry; `target`: null where it has none.
Json server_entry(const lb::StatsRow& row, const TargetStatus* target, bool added) {
  Json out = {{"backend", row.pxname}};
  out.update(server_json(row));
  out["state"] = target != nullptr ? Json(target->state) : Json(nullptr);
  out["reason"] = target != nullptr ? Json(target->reason) : Json(nullptr);
  out["order"] = target != nullptr ? text_or_null(target->order) : Json(nullptr);
  out["added"] = added;
  return out;
}

/// As it stands in a list of a document.
std::string indented(Json entry) { return elements_of(Json::array({std::move(entry)}), 1); }

bool is_server(const lb::StatsRow& row) { return row.type == lb::StatsRowType::kServer; }

Json drift_entry(const DriftStatus& drift) {
  Json value = Json::parse(drift.value, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) value = nullptr;
  return {{"kind", drift.kind},
          {"subject", drift.subject},
          {"path", drift.path},
          {"file", text_or_null(drift.file)},
          {"now", text_or_null(drift.now)},
          {"reason", drift.reason},
          {"writable", is_writable(drift)},
          {"value", std::move(value)}};
}

}  // namespace

std::string render_backends(const Status& status) {
  Json proxies;
  put_proxies(proxies, status.traffic);
  Json out = head_of(status);
  out["backends"] = std::move(proxies["backends"]);
  return text_of(out);
}

std::string render_vips(const Status& status) {
  Json out = head_of(status);
  out["vips"] = Json::array();
  for (const VipStatus& vip : status.vips) out["vips"].push_back(vip_json(vip, status.now));
  return text_of(out);
}

std::string render_certificates(const Status& status) {
  Json out = head_of(status);
  out["certificates"] = certificates_json(status);
  return text_of(out);
}

std::string render_loop(const Status& status) {
  Json out = head_of(status);
  out["loop_lag"] = loop_lag(status.loop_lag);
  out["guardian"] = guardian_json(status.guardian);
  put_memory(out, status.traffic);
  out["shortages"] = shortages_json(status);
  out["generations"] = {{"changes", status.traffic.changes},
                        {"old", status.traffic.old_generations},
                        {"old_sessions", status.traffic.old_sessions}};
  return text_of(out);
}

std::string render_server(const Status& status, std::string_view backend, std::string_view server) {
  const lb::StatsRow* found = nullptr;
  for (const lb::StatsRow& row : status.traffic.rows) {
    if (!is_server(row) || row.pxname != backend || row.svname != server) continue;
    if (found == nullptr || found->removed) found = &row;
  }
  if (found == nullptr) return {};
  const std::string name = base::concat(backend, "/", server);
  const auto target = std::ranges::find(status.targets, name, &TargetStatus::name);
  const bool stands = !found->removed && target != status.targets.end();
  const bool added = std::ranges::any_of(status.drift, [&name](const DriftStatus& each) {
    return each.kind == "added" && each.subject == name;
  });
  return text_of(server_entry(*found, stands ? &*target : nullptr, added && !found->removed));
}

bool has_backend(const Status& status, std::string_view backend) {
  return std::ranges::any_of(status.traffic.rows, [backend](const lb::StatsRow& each) {
    return each.type == lb::StatsRowType::kBackend && each.pxname == backend;
  });
}

std::string ListDocument::next() {
  if (ended_) return {};
  std::string piece;
  if (next_ == 0) piece = head();
  const std::size_t all = size();
  const std::size_t end = std::min(next_ + kBatch, all);
  for (; next_ < end; ++next_) {
    piece += next_ > 0 ? ",\n" : "\n";
    piece += entry(next_);
  }
  if (next_ == all) {
    ended_ = true;
    piece += all > 0 ? "\n  ]\n}\n" : "]\n}\n";
  }
  return piece;
}

DriftDocument::DriftDocument(Status status) : status_(std::move(status)) {}

std::string DriftDocument::head() const {
  Json out = head_of(status_);
  out["config_hash"] = status_.config_hash;
  out["count"] = status_.drift.size();
  return head_text(std::move(out), "drift");
}

std::size_t DriftDocument::size() const { return status_.drift.size(); }

std::string DriftDocument::entry(std::size_t place) const {
  return indented(drift_entry(status_.drift[place]));
}

ServersDocument::ServersDocument(Status status, std::string_view backend)
    : status_(std::move(status)) {
  std::erase_if(status_.traffic.rows, [backend](const lb::StatsRow& each) {
    return !is_server(each) || (!backend.empty() && each.pxname != backend);
  });
  for (const TargetStatus& each : status_.targets) targets_.emplace(each.name, &each);
  for (const DriftStatus& each : status_.drift) {
    if (each.kind == "added") added_.insert(each.subject);
  }
}

std::string ServersDocument::head() const { return head_text(head_of(status_), "servers"); }

std::size_t ServersDocument::size() const { return status_.traffic.rows.size(); }

std::string ServersDocument::entry(std::size_t place) const {
  const lb::StatsRow& row = status_.traffic.rows[place];
  if (row.removed) return indented(server_entry(row, nullptr, false));
  const std::string name = base::concat(row.pxname, "/", row.svname);
  const auto target = targets_.find(name);
  return indented(server_entry(row, target == targets_.end() ? nullptr : target->second,
                               added_.contains(name)));
}

std::string StatsDocument::next() {
  if (begun_ && next_ == traffic_.rows.size()) return {};
  lb::StatsSnapshot part;
  const std::size_t end = std::min(next_ + kBatch, traffic_.rows.size());
  for (; next_ < end; ++next_) part.rows.push_back(std::move(traffic_.rows[next_]));
  std::string text = lb::render_stats_csv(part);
  if (std::exchange(begun_, true)) text.erase(0, text.find('\n') + 1);
  return text;
}

}  // namespace hapair::control
