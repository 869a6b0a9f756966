// The guardian's side of giving its duty to the guardian of another hapair: asks the worker for
// what that one wants, and watches the page that says whose the duty is. As long as it is ours, all
// else goes on as if nothing were; every way in which the other may fail ends in that, within a
// limit.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/guardian/duty_page.hpp"
#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/protocol.hpp"
#include "apps/hapair/handover/steps.hpp"
#include "common/base/time.hpp"
#include "common/net/seqpacket.hpp"

namespace hapair::guardian {

class HandoverGiver {
 public:
  /// The worker has stopped deciding and accepting for so long at most.
  static constexpr base::Duration kStillLimit = std::chrono::seconds(2);

  /// What it needs of the guardian.
  class Host {
   public:
    virtual void ask_worker(const GiveAway& what, const std::vector<int>& fds) = 0;
    /// The standing orders.
    [[nodiscard]] virtual std::vector<handover::Duty> duties() const = 0;

   protected:
    ~Host() = default;
  };

  /// `host` and `grants` outlive it.
  HandoverGiver(Host& host, const Grants& grants, net::SeqpacketChannel channel, DutyPage page);

  [[nodiscard]] int fd() const { return channel_.fd(); }
  void on_readable(base::Instant now);
  void on_sockets(const SocketsHere& here, const std::vector<net::UniqueFd>& fds);
  void on_state(const StateHere& here);

  enum class Outcome : std::uint8_t {
    kPending,
    kGiven,  ///< the duty is the other's
    kKept,   ///< it is ours again for good
  };
  [[nodiscard]] Outcome outcome(base::Instant now);
  /// The duty is to stay ours; false: it is the other's already.
  [[nodiscard]] bool keep(std::string_view reason);
  /// Why it was kept.
  [[nodiscard]] const std::string& reason() const { return reason_; }
  /// The worker has stopped, for the sake of it.
  [[nodiscard]] bool still() const { return still_since_.has_value(); }

 private:
  void on_step(const handover::StepMessage& message, base::Instant now);
  void send(const handover::StepMessage& message, const std::vector<int>& fds = {});

  Host& host_;
  const Grants& grants_;
  net::SeqpacketChannel channel_;
  DutyPage page_;
  net::UniqueFd memory_;  ///< for the worker's state
  std::optional<base::Instant> still_since_;
  std::string reason_;
};

}  // namespace hapair::guardian
