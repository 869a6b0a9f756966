// Owns all checks of this node: when each is due, its prober, and whom its result is for. Targets
// with equal specs share one probe an interval, however many backends and VIPs use them.
//
// The loop and the registry outlive the runner; destroying it cancels every probe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "common/base/random.hpp"
#include "common/event/event_loop.hpp"
#include "libcheck/core/agenda.hpp"
#include "libcheck/core/registry.hpp"
#include "libcheck/core/spec.hpp"
#include "libcheck/io/probe_sockets.hpp"
#include "libcheck/io/prober.hpp"

namespace hapair::check {

struct RunnerSettings {
  ProbeSource source;                      ///< this node's own address; nullopt: the kernel chooses
  std::uint64_t seed = 0;                  ///< of spreading and jitter; differs from node to node
  std::vector<tls::ClientContext*> tls{};  ///< by TlsLayer::context; they outlive the runner
};

class Runner {
 public:
  /// Checks that are due begin for so long in one call of the loop; the others wait for the next.
  static constexpr base::Duration kMaxTurn = std::chrono::microseconds(500);

  Runner(event::EventLoop& loop, Registry& registry, RunnerSettings settings);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Reports the results of `spec` to `target`, from start() on; after it, the first one soon.
  void add(TargetId target, const CheckSpec& spec);

  /// Makes a prober that tells the handler, which outlives it.
  using MakeProber = std::function<std::unique_ptr<Prober>(ProbeHandler&)>;
  /// Checks `target` so often with a prober of the caller's own kind, likewise.
  void add(TargetId target, const Intervals& intervals, const MakeProber& make);

  /// Nothing is reported to the target any more; a probe that served nobody else ends. Not from
  /// within a report.
  void remove(TargetId target);

  /// Has further contexts of TLS, behind those that it has, for checks that are added from here on.
  void use_contexts(std::vector<tls::ClientContext*> tls) { parts_.tls = std::move(tls); }

  /// Begins to check, first checks spread from `now` on. Once.
  void start(base::Instant now);

  /// The target's next check does not wait for its interval: it comes a quarter of that after the
  /// last one began, and at the latest 100 ms after it, or at once where that has passed.
  void check_soon(TargetId target);

  /// How many different probes serve the targets.
  [[nodiscard]] std::size_t probe_count() const { return probes_.size() + own_kind_.size(); }

 private:
  class Probe;

  void note_user(TargetId target, Probe& probe);
  void schedule(base::Instant at, Probe& probe);
  void begin_due() noexcept;

  event::EventLoop& loop_;
  Registry& registry_;
  ProbeSockets sockets_;
  ProbeParts parts_;
  base::Random random_;
  bool started_ = false;
  Agenda<Probe> agenda_;
  event::Timer due_;  ///< for the first of them
  std::map<CheckSpec, std::unique_ptr<Probe>> probes_;
  std::vector<std::unique_ptr<Probe>> own_kind_;  ///< with probers of the caller's
  std::vector<Probe*> of_target_;                 ///< by target; null: it has none
};

}  // namespace hapair::check
