// Collects what a process without a journal decides: each of its log records that says more than
// debug, with both clocks and the figures of the moment, until somebody takes them to the worker.
// So what is logged and what is in the journal can't differ. Bounded: the oldest go first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "apps/hapair/guardian/decision.hpp"
#include "common/base/log.hpp"

namespace hapair::guardian {

class DecisionLog final : public base::LogSink {
 public:
  static constexpr std::size_t kCapacity = 64;
  /// What is longer is cut.
  static constexpr std::size_t kMaxText = 1000;

  void write(const base::LogRecord& record) noexcept override;
  /// One that was made elsewhere.
  void add(Decision decision);

  /// What decisions are based on here; asked at each of them, and must not log.
  void set_figures(std::function<Figures()> figures) { figures_ = std::move(figures); }

  /// The oldest; null when there is none.
  [[nodiscard]] const Decision* next() const {
    return pending_.empty() ? nullptr : &pending_.front();
  }
  /// The oldest has been told.
  void pop() { pending_.pop_front(); }
  void clear() { pending_.clear(); }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  std::deque<Decision> pending_;
  std::uint64_t lost_ = 0;
  std::function<Figures()> figures_;
};

}  // namespace hapair::guardian
