#include "apps/hapair/guardian/handover_taker.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "common/event/clock.hpp"

namespace hapair::guardian {

using handover::Step;
using handover::StepMessage;

base::Result<std::optional<StepMessage>> HandoverTaker::next(std::vector<net::UniqueFd>& fds) {
  net::Packet packet;
  const auto received = channel_.receive(packet);
  if (!received) return std::unexpected(received.error());
  if (*received == net::SeqpacketChannel::Received::kNothing) return std::nullopt;
  if (*received == net::SeqpacketChannel::Received::kClosed) {
    return base::fail("the hapair that was to hand over goes on itself, or is gone");
  }
  auto message = handover::decode_step(packet.bytes);
  if (!message) return std::unexpected(message.error());
  if (message->step == Step::kRefused) return base::fail(message->reason);
  fds = std::move(packet.fds);
  return std::move(*message);
}

base::Result<void> HandoverTaker::fetch_sockets() {
  const StepMessage ask{.step = Step::kAskSockets};
  if (auto sent = channel_.send(handover::encode_step(ask)); !sent) return sent;
  const base::Instant give_up = event::now() + kSocketsLimit;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(give_up - event::now()).count();
    if (left <= 0) return base::fail("the hapair that was to hand over does not say its sockets");
    pollfd wait{.fd = channel_.fd(), .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, static_cast<int>(left)) <= 0) continue;
    std::vector<net::UniqueFd> fds;
    const auto message = next(fds);
    if (!message) return std::unexpected(message.error());
    if (!*message || (*message)->step != Step::kSockets) continue;
    const std::vector<std::string>& names = (*message)->sockets;
    for (std::size_t i = 0; i < std::min(names.size(), fds.size()); ++i) {
      sockets_[names[i]] = std::move(fds[i]);
    }
    if ((*message)->last) return {};
  }
}

net::UniqueFd HandoverTaker::socket(const std::string& name) {
  const auto found = sockets_.find(name);
  if (found == sockets_.end()) return {};
  net::UniqueFd socket = std::move(found->second);
  sockets_.erase(found);
  return socket;
}

base::Result<void> HandoverTaker::ask_state() {
  sockets_.clear();  // what nobody has asked for
  const StepMessage ask{.step = Step::kAskState};
  return channel_.send(handover::encode_step(ask));
}

base::Result<std::optional<HandoverTaker::State>> HandoverTaker::read_state() {
  std::vector<net::UniqueFd> fds;
  auto message = next(fds);
  if (!message) return std::unexpected(message.error());
  if (!*message || (*message)->step != Step::kState) return std::nullopt;
  if (fds.empty()) return base::fail("the state handed over is missing");
  return State{.memory = std::move(fds.front()), .duties = std::move((*message)->duties)};
}

void HandoverTaker::refuse(std::string_view reason) {
  const StepMessage refusal{.step = Step::kRefused, .reason = std::string(reason)};
  (void)channel_.send(handover::encode_step(refusal));  // else its end tells
}

}  // namespace hapair::guardian
