// A reload on its way through the guardian: the reader is asked for, its configuration prepared
// beside what runs, offered to the worker, and taken over at the worker's word. Whatever fails up
// to there leaves everything as it was.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "apps/hapair/guardian/parts.hpp"
#include "apps/hapair/guardian/protocol.hpp"
#include "common/base/time.hpp"
#include "common/net/seqpacket.hpp"
#include "common/net/unique_fd.hpp"
#include "libvrrp/io/netlink_monitor.hpp"

namespace hapair::guardian {

struct ReloadState {
  /// The reader has not answered by then: a file system that stalls, say.
  static constexpr base::Duration kReadLimit = std::chrono::seconds(60);

  enum class Phase : std::uint8_t {
    kIdle,
    kWaiting,   ///< for the reader to be started, or to answer
    kPrepared,  ///< a worker that is starting gets it when it is ready
    kOffered,   ///< the worker has the word
  };

  Phase phase = Phase::kIdle;
  std::string who;                   ///< ordered it
  bool check = false;                ///< the file is only to be compared with what runs
  std::optional<std::string> again;  ///< and who did while it is under way
  base::Instant limit{};             ///< while waiting
  base::Instant handed{};            ///< when the worker last got one to take in
  net::SeqpacketChannel reader{};
  std::unique_ptr<Parts> next{};
  std::optional<vrrp::NetlinkMonitor> monitor{};         ///< one that the next parts need
  std::deque<std::pair<Reply, net::UniqueFd>> outbox{};  ///< for the worker
  std::vector<std::string> made_sockets{};               ///< paths, to be removed if it fails
  /// Until the next good one.
  std::optional<ReloadFailed> last_failure{};
};

}  // namespace hapair::guardian
