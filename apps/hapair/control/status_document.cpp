#include "apps/hapair/control/status_document.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <map>
#include <span>
#include <string_view>
#include <utility>

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
    take_servers(status.traffic);
    outline_ = render_status(status);
  }
  lists_.push_back({.of_targets = true});
  find_places();
}

void StatusDocument::take_servers(lb::StatsSnapshot& traffic) {
  std::map<std::string, std::size_t, std::less<>> backends;
  for (const lb::StatsRow& row : traffic.rows) {
    if (row.type == lb::StatsRowType::kBackend) backends.emplace(row.pxname, backends.size());
  }
  lists_.resize(backends.size());
  std::vector<lb::StatsRow> others;
  for (lb::StatsRow& row : traffic.rows) {
    const auto backend = backends.find(row.pxname);
    const bool taken = row.type == lb::StatsRowType::kServer && backend != backends.end();
    (taken ? lists_[backend->second].servers : others).push_back(std::move(row));
  }
  traffic.rows = std::move(others);
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
  std::erase_if(lists_, [this](const List& list) { return size_of(list) == 0; });
}

std::string StatusDocument::next() {
  if (list_ == lists_.size()) return outline_.substr(std::exchange(told_, outline_.size()));
  List& list = lists_[list_];
  std::string piece = outline_.substr(told_, list.place - told_);
  told_ = list.place;
  piece += list.told == 0 ? "\n" : ",\n";
  piece += next_batch(list);
  if (list.told < size_of(list)) return piece;
  piece += list.of_targets ? kTargetsEnd : kServersEnd;
  ++list_;
  return piece;
}

std::string StatusDocument::next_batch(List& list) const {
  const std::size_t first = list.told;
  list.told = std::min(first + kBatch, size_of(list));
  const std::size_t count = list.told - first;
  if (list.of_targets) return render_targets(std::span(targets_).subspan(first, count), now_);
  return render_servers(std::span(list.servers).subspan(first, count));
}

}  // namespace hapair::control
