#include "apps/hapair/control/status_document.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "apps/hapair/control/documents.hpp"
#include "apps/hapair/control/status_json.hpp"

namespace hapair::control {
namespace {

constexpr std::size_t kLong = 8 * StatusDocument::kBatch;

// Fields stand on lines of their own, and no string has a line's end in it.
constexpr std::string_view kNoServers = "\n      \"servers\": []";
constexpr std::string_view kNoTargets = "\n  \"targets\": []";
constexpr std::string_view kServersEnd = "\n      ";
constexpr std::string_view kTargetsEnd = "\n  ";

}  // namespace

bool StatusDocument::is_long(const Status& status) {
  return status.targets.size() + status.traffic.rows.size() > kLong;
}

StatusDocument::StatusDocument(What what, Status status) : now_(status.now) {
  if (what == What::kHealth) {
    outline_ = render_health_outline(status);
    targets_ = std::move(status.targets);
  } else {
    targets_ = std::exchange(status.targets, {});
    rows_ = std::move(status.traffic.rows);
    status.traffic.rows = list_servers();
    outline_ = what == What::kBackends ? render_backends(status) : render_status(status);
  }
  if (what != What::kBackends) lists_.push_back({.of_targets = true, .end = targets_.size()});
  find_places();
}

std::vector<lb::StatsRow> StatusDocument::list_servers() {
  std::map<std::string_view, std::size_t> backends;
  for (const lb::StatsRow& row : rows_) {
    if (row.type == lb::StatsRowType::kBackend) backends.emplace(row.pxname, backends.size());
  }
  lists_.resize(backends.size());
  std::vector<lb::StatsRow> others;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const auto backend = backends.find(rows_[i].pxname);
    if (rows_[i].type != lb::StatsRowType::kServer || backend == backends.end()) {
      others.push_back(rows_[i]);
      continue;
    }
    // A proxy's rows stand together.
    List& list = lists_[backend->second];
    if (list.end == 0) list.next = i;
    list.end = i + 1;
  }
  return others;
}

void StatusDocument::find_places() {
  std::size_t from = 0;
  for (List& list : lists_) {
    const std::string_view empty = list.of_targets ? kNoTargets : kNoServers;
    from = outline_.find(empty, from);
    assert(from != std::string::npos);
    from += empty.size();
    list.place = from - 1;
  }
  std::erase_if(lists_, [](const List& list) { return list.next == list.end; });
}

std::string StatusDocument::next() {
  if (list_ == lists_.size()) return outline_.substr(std::exchange(told_, outline_.size()));
  List& list = lists_[list_];
  std::string piece = outline_.substr(told_, list.place - told_);
  told_ = list.place;
  piece += std::exchange(list.begun, true) ? ",\n" : "\n";
  piece += next_batch(list);
  if (list.next < list.end) return piece;
  piece += list.of_targets ? kTargetsEnd : kServersEnd;
  ++list_;
  return piece;
}

std::string StatusDocument::next_batch(List& list) const {
  const std::size_t first = std::exchange(list.next, std::min(list.next + kBatch, list.end));
  const std::size_t count = list.next - first;
  if (list.of_targets) return render_targets(std::span(targets_).subspan(first, count), now_);
  return render_servers(std::span(rows_).subspan(first, count));
}

}  // namespace hapair::control
