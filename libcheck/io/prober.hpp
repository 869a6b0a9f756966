// One way to check a target once. A prober is made for one spec and used again and again by its
// owner, the runner; the contract suite in tests/unit/libcheck holds for every kind.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/event/event_loop.hpp"
#include "common/tls/client_context.hpp"
#include "libcheck/core/result.hpp"
#include "libcheck/core/spec.hpp"

namespace hapair::check {

class ProbeHandler {
 public:
  virtual void on_probe_result(CheckResult result) noexcept = 0;

 protected:
  ~ProbeHandler() = default;
};

class Prober {
 public:
  virtual ~Prober() = default;

  /// Begins one check; `now` is the time its timeout counts from. The handler hears exactly one
  /// result, never from within this call. Must not be running.
  virtual void start(base::Instant now) = 0;
  /// Ends a running check without a result.
  virtual void cancel() = 0;
};

/// Where probes leave this node from: never a VIP, which may be elsewhere a moment later.
using ProbeSource = std::optional<base::IpAddress>;

class ProbeSockets;

/// What the probers of one runner are made with.
struct ProbeParts {
  event::EventLoop& loop;
  ProbeSockets& sockets;  ///< those of the checks over TCP
  ProbeSource source;     ///< where the spec has none; for targets of its own family only
  /// By TlsLayer::context; they outlive the probers.
  std::vector<tls::ClientContext*> tls{};
};

/// Where the probes of a spec leave from.
[[nodiscard]] ProbeSource source_for(const ProbeParts& parts, const CheckSpec& spec);

/// The prober for a spec's kind; both outlive it.
[[nodiscard]] std::unique_ptr<Prober> make_prober(const ProbeParts& parts, const CheckSpec& spec,
                                                  ProbeHandler& handler);

}  // namespace hapair::check
