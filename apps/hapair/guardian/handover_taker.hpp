// The guardian's side of taking the duty from the guardian of another hapair: gets that one's
// sockets and, when all else stands, its worker's state and its standing orders. Until take()
// nothing on this host is touched.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/guardian/duty_page.hpp"
#include "apps/hapair/handover/steps.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/net/seqpacket.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

class HandoverTaker {
 public:
  static constexpr base::Duration kSocketsLimit = std::chrono::seconds(3);

  HandoverTaker(net::SeqpacketChannel channel, DutyPage page)
      : channel_(std::move(channel)), page_(std::move(page)) {}

  /// Waits for them, at most kSocketsLimit.
  [[nodiscard]] base::Result<void> fetch_sockets();
  /// The other's socket of that name; none: it has no such one, or it has been asked for.
  [[nodiscard]] net::UniqueFd socket(const std::string& name);

  [[nodiscard]] int fd() const { return channel_.fd(); }
  [[nodiscard]] base::Result<void> ask_state();
  struct State {
    net::UniqueFd memory;
    std::vector<handover::Duty> duties;
  };
  /// nullopt: it has not come yet. An error: it is over.
  [[nodiscard]] base::Result<std::optional<State>> read_state();
  /// Tells the other that it goes on, and why.
  void refuse(std::string_view reason);
  /// False: the other goes on.
  [[nodiscard]] bool take() { return page_.take(); }
  [[nodiscard]] bool taken() const { return page_.taken(); }

 private:
  /// The next message; nullopt: there is none yet.
  [[nodiscard]] base::Result<std::optional<handover::StepMessage>> next(
      std::vector<net::UniqueFd>& fds);

  net::SeqpacketChannel channel_;
  DutyPage page_;
  std::map<std::string, net::UniqueFd> sockets_;
};

}  // namespace hapair::guardian
