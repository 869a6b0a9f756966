// The supervisor's side of an upgrade: starts the program that is on disk now, offers it the ledger
// and its guardian a channel to ours, and follows what becomes of it. Until the duty page says that
// the duty is the successor's, its end, its refusal or its silence change nothing here.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/guardian/duty_page.hpp"
#include "apps/hapair/guardian/ledger.hpp"
#include "apps/hapair/supervisor/process.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/net/seqpacket.hpp"

namespace hapair::supervisor {

/// How this program was started, so that the next one is started likewise.
struct Invocation {
  std::string program;                 ///< absolute
  std::vector<std::string> arguments;  ///< without the program's name
};

class Successor {
 public:
  /// From its start on, it has so long to read its configuration, build everything and take over.
  static constexpr base::Duration kLimit = std::chrono::seconds(20);
  static constexpr base::Duration kLastWords = std::chrono::milliseconds(200);
  /// The descriptor that it finds the offer's channel at, and the variable that says so.
  static constexpr int kChannelFd = 3;
  static constexpr const char* kVariable = "HAPAIR_SUCCESSOR";

  struct Started;
  /// Also makes the descriptors that our guardian is to be given: its end of the channel between
  /// the guardians, and the duty page.
  [[nodiscard]] static base::Result<Started> start(const Invocation& invocation,
                                                   const guardian::Ledger& ledger,
                                                   base::Instant now);

  [[nodiscard]] int fd() const { return process_.fd(); }
  [[nodiscard]] int page_fd() const { return page_.fd(); }
  [[nodiscard]] bool ended() const { return process_.wait(base::Duration::zero()); }
  [[nodiscard]] bool wait(base::Duration limit) const { return process_.wait(limit); }
  [[nodiscard]] pid_t pid() const { return process_.pid(); }
  [[nodiscard]] base::Instant limit() const { return limit_; }
  /// It has ended: why may still be on its way, from guardian to guardian.
  void hasten(base::Instant now) {
    hastened_ = true;
    limit_ = now + kLastWords;
  }
  [[nodiscard]] bool hastened() const { return hastened_; }
  [[nodiscard]] bool has_taken() const { return page_.taken(); }
  /// False: it has taken over.
  [[nodiscard]] bool withdraw() { return page_.withdraw(); }
  void kill() { process_.kill(); }
  /// After its end.
  Ending reap() { return process_.reap(); }

 private:
  Successor(Process process, net::SeqpacketChannel channel, guardian::DutyPage page,
            base::Instant limit)
      : process_(std::move(process)),
        channel_(std::move(channel)),
        page_(std::move(page)),
        limit_(limit) {}

  Process process_;
  net::SeqpacketChannel channel_;  ///< its end tells the successor of ours
  guardian::DutyPage page_;
  base::Instant limit_;
  bool hastened_ = false;
};

struct Successor::Started {
  Successor successor;
  net::SeqpacketChannel for_guardian;
};

/// What a successor begins with.
struct Inheritance {
  guardian::Ledger ledger;
  guardian::DutyPage page;
  net::SeqpacketChannel guardian;  ///< to the guardian that has the duty
  net::SeqpacketChannel parent;    ///< to the supervisor of that one; its end tells of its end
};

/// Waits for the offer, a few seconds at most.
[[nodiscard]] base::Result<Inheritance> accept_offer(net::UniqueFd channel);

}  // namespace hapair::supervisor
