#include "apps/hapair/control/documents.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

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

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

bool was_added(const Status& status, std::string_view name) {
  return std::ranges::any_of(status.drift, [name](const DriftStatus& each) {
    return each.kind == "added" && each.subject == name;
  });
}

/// Its figures, and how it stands in the health registry; `target` may be null.
Json server_entry(const Status& status, const lb::StatsRow& row, const TargetStatus* target) {
  Json out = {{"backend", row.pxname}};
  out.update(server_json(row));
  out["state"] = target != nullptr ? Json(target->state) : Json(nullptr);
  out["reason"] = target != nullptr ? Json(target->reason) : Json(nullptr);
  out["order"] = target != nullptr ? text_or_null(target->order) : Json(nullptr);
  out["added"] = was_added(status, base::concat(row.pxname, "/", row.svname));
  return out;
}

/// As it stands in a list of a document.
std::string indented(const Json& entry) {
  const std::string text = text_of(entry);
  std::vector<std::string> lines;
  for (const std::string_view line :
       base::split(std::string_view(text).substr(0, text.size() - 1), '\n')) {
    lines.push_back(base::concat("    ", line));
  }
  return base::join(lines, "\n");
}

bool is_server(const lb::StatsRow& row) { return row.type == lb::StatsRowType::kServer; }

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

std::string render_drift(const Status& status) {
  Json out = head_of(status);
  out["count"] = status.drift.size();
  out["drift"] = Json::array();
  for (const DriftStatus& each : status.drift) {
    out["drift"].push_back({{"kind", each.kind},
                            {"subject", each.subject},
                            {"path", each.path},
                            {"file", text_or_null(each.file)},
                            {"now", text_or_null(each.now)},
                            {"reason", each.reason},
                            {"writable", is_writable(each)},
                            {"value", Json::parse(each.value, nullptr, false)}});
    Json& value = out["drift"].back()["value"];
    if (value.is_discarded()) value = nullptr;
  }
  return text_of(out);
}

std::string render_server(const Status& status, std::string_view backend, std::string_view server) {
  const auto row = std::ranges::find_if(status.traffic.rows, [&](const lb::StatsRow& each) {
    return is_server(each) && each.pxname == backend && each.svname == server;
  });
  if (row == status.traffic.rows.end()) return {};
  const auto target =
      std::ranges::find(status.targets, base::concat(backend, "/", server), &TargetStatus::name);
  return text_of(server_entry(status, *row, target == status.targets.end() ? nullptr : &*target));
}

bool has_backend(const Status& status, std::string_view backend) {
  return std::ranges::any_of(status.traffic.rows, [backend](const lb::StatsRow& each) {
    return each.type == lb::StatsRowType::kBackend && each.pxname == backend;
  });
}

ServersDocument::ServersDocument(Status status, std::string_view backend)
    : status_(std::move(status)) {
  std::erase_if(status_.traffic.rows, [backend](const lb::StatsRow& each) {
    return !is_server(each) || (!backend.empty() && each.pxname != backend);
  });
  for (const TargetStatus& each : status_.targets) targets_.emplace(each.name, &each);
}

std::string ServersDocument::next() {
  if (ended_) return {};
  std::string piece;
  if (!std::exchange(begun_, true)) {
    Json head = head_of(status_);
    head["servers"] = Json::array();
    piece = text_of(head);
    piece.resize(piece.rfind(']'));
  }
  const auto& rows = status_.traffic.rows;
  const std::size_t end = std::min(next_ + kBatch, rows.size());
  for (; next_ < end; ++next_) {
    const lb::StatsRow& row = rows[next_];
    const auto target = targets_.find(base::concat(row.pxname, "/", row.svname));
    piece += std::exchange(any_, true) ? ",\n" : "\n";
    piece +=
        indented(server_entry(status_, row, target == targets_.end() ? nullptr : target->second));
  }
  if (next_ == rows.size()) {
    ended_ = true;
    piece += any_ ? "\n  ]\n}\n" : "]\n}\n";
  }
  return piece;
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
