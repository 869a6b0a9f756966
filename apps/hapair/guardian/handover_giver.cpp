#include "apps/hapair/guardian/handover_giver.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "apps/hapair/guardian/handover_names.hpp"

namespace hapair::guardian {

using handover::Step;
using handover::StepMessage;

HandoverGiver::HandoverGiver(Host& host, const Grants& grants, net::SeqpacketChannel channel,
                             DutyPage page)
    : host_(host), grants_(grants), channel_(std::move(channel)), page_(std::move(page)) {}

void HandoverGiver::on_readable(base::Instant now) {
  net::Packet packet;
  while (channel_) {
    const auto received = channel_.receive(packet);
    if (received && *received == net::SeqpacketChannel::Received::kNothing) return;
    if (!received || *received == net::SeqpacketChannel::Received::kClosed) {
      channel_.close();
      (void)keep("the new hapair is gone");
      return;
    }
    const auto message = handover::decode_step(packet.bytes);
    if (!message) {
      (void)keep(message.error().message);
      return;
    }
    on_step(*message, now);
  }
}

void HandoverGiver::on_step(const StepMessage& message, base::Instant now) {
  switch (message.step) {
    case Step::kAskSockets:
      return host_.ask_worker({.what = GiveAway::What::kSockets}, {});
    case Step::kAskState:
      memory_ = net::UniqueFd(::memfd_create("hapair-state", MFD_CLOEXEC));
      if (!memory_) {
        (void)keep("there is no memory for the state");
        return;
      }
      still_since_ = now;
      return host_.ask_worker({.what = GiveAway::What::kState}, {memory_.get()});
    case Step::kRefused:
      (void)keep(message.reason);
      return;
    default:
      return;
  }
}

void HandoverGiver::on_sockets(const SocketsHere& here, const std::vector<net::UniqueFd>& fds) {
  StepMessage message{.step = Step::kSockets, .last = here.last};
  std::vector<int> given;
  for (std::size_t i = 0; i < std::min(here.sockets.size(), fds.size()); ++i) {
    std::string name = socket_name(here.sockets[i], grants_);
    if (name.empty()) continue;
    message.sockets.push_back(std::move(name));
    given.push_back(fds[i].get());
  }
  send(message, given);
}

void HandoverGiver::on_state(const StateHere& here) {
  if (!memory_) return;
  if (!here.whole) {
    (void)keep(
        "the worker does not hand over at this moment (a VIP is being given up, a drill is "
        "under way, or memory is short): try again later");
    return;
  }
  send({.step = Step::kState, .duties = host_.duties()}, {memory_.get()});
}

HandoverGiver::Outcome HandoverGiver::outcome(base::Instant now) {
  if (still_since_ && now - *still_since_ > kStillLimit) {
    (void)keep("the new hapair did not take over in time");
  }
  if (page_.taken()) return Outcome::kGiven;
  return page_.withdrawn() ? Outcome::kKept : Outcome::kPending;
}

bool HandoverGiver::keep(std::string_view reason) {
  if (!page_.withdraw()) return false;
  if (reason_.empty()) reason_ = reason;
  return true;
}

void HandoverGiver::send(const StepMessage& message, const std::vector<int>& fds) {
  if (const auto sent = channel_.send(handover::encode_step(message), fds); !sent) {
    (void)keep(sent.error().message);
  }
}

}  // namespace hapair::guardian
