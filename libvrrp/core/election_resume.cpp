// An election that changes its process.
#include <algorithm>
#include <utility>

#include "libvrrp/core/election.hpp"

namespace hapair::vrrp {

ElectionMemory Election::memory() const {
  return {.state = state_,
          .priority = fitness_.priority,
          .master_interval = master_interval_,
          .deadline = deadline_,
          .heard = heard_,
          .obeyed = obeyed_,
          .preempt_at = preempt_at_,
          .listening_since = listening_since_,
          .listen_until = listen_until_,
          .claim = claim_,
          .master_since = master_since_,
          .asserted = asserted_,
          .listened_again = static_cast<std::uint32_t>(listened_again_),
          .yields = yields_};
}

Effects Election::resume(const ElectionMemory& memory, base::Instant now) {
  if (state_ != State::kInitialize) return {};
  if (memory.state == State::kInitialize) return on_start(now);
  state_ = memory.state;
  if (memory.master_interval > base::Duration::zero()) master_interval_ = memory.master_interval;
  heard_ = memory.heard;
  obeyed_ = memory.obeyed;
  preempt_at_ = memory.preempt_at;
  listening_since_ = memory.listening_since;
  listen_until_ = memory.listen_until;
  if (settings_.synced) claim_ = memory.claim;
  master_since_ = memory.master_since;
  asserted_ = memory.asserted;
  listened_again_ = static_cast<int>(
      std::min(memory.listened_again, static_cast<std::uint32_t>(kMaxListenAgain)));
  yields_ = memory.yields;
  Effects out;
  if (state_ == State::kMaster && memory.priority != fitness_.priority) advertise(out);
  // Master and backup always wait for something.
  const bool waits = state_ == State::kMaster || state_ == State::kBackup;
  base::Instant deadline = memory.deadline.value_or(now + master_interval_);
  // A master's tick may be over, but its adverts have gone on: it was not away.
  if (state_ == State::kMaster && deadline <= now) deadline = now + settings_.advert_interval;
  if (waits) arm(deadline, out);
  // What has become of this node meanwhile.
  if (!fitness_.fit() && waits) {
    if (state_ == State::kMaster) {
      leave_master(State::kFault, true, fitness_.reason, out);
    } else {
      move_to(State::kFault, fitness_.reason, out);
      claim_.reset();
    }
    disarm(out);
  } else if (fitness_.fit() && state_ == State::kFault) {
    move_to(State::kBackup, "fit again", out);
    listen(now, out);
  }
  return out;
}

}  // namespace hapair::vrrp
