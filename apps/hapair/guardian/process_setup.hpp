// What a process of the tree does to itself when it begins: leave signals to the supervisor, keep
// only its channel and the capabilities it needs, lock its memory, run in real time, wake up on
// time.
#pragma once

#include <span>

#include "apps/hapair/guardian/guardian_timing.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/net/seqpacket.hpp"

namespace hapair::guardian {

/// Of any process of the tree: it could not do its part.
inline constexpr int kExitFailed = 1;

/// What the terminal or the service manager sends to all is for the supervisor to act on.
void ignore_service_signals();
/// The same, of a process whose parent blocks signals: none stays blocked.
void reset_signals();

/// Only stdio and the channel stay open: no ledger, no signalfd, no other process's channel.
[[nodiscard]] base::Result<net::SeqpacketChannel> keep_only(net::SeqpacketChannel channel);

/// Gives up every capability that is not in `keep` for good: effective, permitted, inheritable,
/// ambient and bounding set. Sets no_new_privs.
[[nodiscard]] base::Result<void> keep_capabilities(std::span<const int> keep);

/// Only the bounding set: for a process that keeps its capabilities until it changes its user.
/// Needs CAP_SETPCAP; without it, and with no_new_privs, there is nothing to cut.
[[nodiscard]] base::Result<void> cut_bounding_set(std::span<const int> keep);

[[nodiscard]] bool has_capability(int capability);

/// SCHED_FIFO for the calling thread, not passed on to children.
[[nodiscard]] base::Result<void> run_in_real_time();

/// Locked memory, real-time scheduling and exact timers, each where this host allows it; the log
/// says where not.
ExactTimes prepare_for_exact_times(base::Logger& log);

}  // namespace hapair::guardian
