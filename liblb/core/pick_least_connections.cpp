#include "liblb/core/pick_least_connections.hpp"

#include <algorithm>

namespace hapair::lb {
namespace {

/// By how much a choice moves the turn of a server with a share of 1.
constexpr std::uint64_t kTurn = 1ULL << 32;

}  // namespace

bool LeastConnections::before(std::uint32_t first, std::uint32_t second) const {
  const Entry& a = entries_[first];
  const Entry& b = entries_[second];
  const std::uint64_t load_a = a.sessions * b.share;
  const std::uint64_t load_b = b.sessions * a.share;
  if (load_a != load_b) return load_a < load_b;
  if (a.turn != b.turn) return a.turn < b.turn;
  return first < second;
}

void LeastConnections::put(std::size_t at, std::uint32_t place) {
  heap_[at] = place;
  entries_[place].at = at;
}

void LeastConnections::settle(std::size_t at) {
  const std::uint32_t place = heap_[at];
  while (at > 0) {
    const std::size_t parent = (at - 1) / 2;
    if (!before(place, heap_[parent])) break;
    put(at, heap_[parent]);
    at = parent;
  }
  for (;;) {
    std::size_t child = 2 * at + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
    if (!before(heap_[child], place)) break;
    put(at, heap_[child]);
    at = child;
  }
  put(at, place);
}

void LeastConnections::remove(std::size_t at) {
  entries_[heap_[at]].at = kNowhere;
  const std::uint32_t last = heap_.back();
  heap_.pop_back();
  if (at == heap_.size()) return;
  put(at, last);
  settle(at);
}

void LeastConnections::update(std::size_t place, const PickTarget& target) {
  if (place >= entries_.size()) entries_.resize(place + 1);
  Entry& entry = entries_[place];
  if (entry.identity != target.identity) {
    entry.identity = target.identity;
    entry.turn = 0;
  }
  entry.sessions = target.sessions;
  if (!target.in_turn()) {
    // Its share is part of the heap's order until it has left.
    if (entry.at != kNowhere) remove(entry.at);
    return;
  }
  entry.share = target.share;
  if (entry.at == kNowhere) {
    entry.at = heap_.size();
    heap_.push_back(static_cast<std::uint32_t>(place));
  }
  settle(entry.at);
}

std::optional<std::size_t> LeastConnections::pick(const PickQuery& query) {
  if (heap_.empty()) return std::nullopt;
  std::size_t at = 0;
  if (query.avoid == heap_[0] && heap_.size() > 1) {
    at = heap_.size() > 2 && before(heap_[2], heap_[1]) ? 2 : 1;
  }
  const std::uint32_t place = heap_[at];
  Entry& entry = entries_[place];
  now_ = std::max(entry.turn, now_);
  entry.turn = now_ + kTurn / entry.share;
  settle(at);
  if (query.avoid && entries_[*query.avoid].at != kNowhere) {
    // It has just failed: among equals the other one goes before it next time.
    Entry& failed = entries_[*query.avoid];
    failed.turn = std::max(failed.turn, entry.turn) + 1;
    settle(failed.at);
  }
  return place;
}

}  // namespace hapair::lb
