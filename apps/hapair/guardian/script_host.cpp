#include "apps/hapair/guardian/script_host.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "apps/hapair/guardian/script_loop.hpp"
#include "apps/hapair/guardian/script_main.hpp"
#include "apps/hapair/guardian/sealed_memory.hpp"
#include "common/event/clock.hpp"

namespace hapair::guardian {
namespace {

constexpr int kBeatMs = 10;
/// For the ends of scripts to show, beyond their time and the grace.
constexpr base::Duration kFinishMargin = std::chrono::seconds(1);

}  // namespace

ScriptHost ScriptHost::prepare(const Grants& grants, base::Logger& log) {
  ScriptHost host;
  host.log_ = &log;
  if (grants.scripts.empty()) return host;
  auto ends = net::SeqpacketChannel::pair();
  auto memory = sealed_memory("hapair-scripts", encode_script_grants(grants));
  if (!ends || !memory) {
    log.error("scripts-unavailable", "guardian",
              ends ? memory.error().message : ends.error().message);
    return host;
  }
  net::UniqueFd theirs(::fcntl(ends->second.fd(), F_DUPFD_CLOEXEC, 0));
  if (!theirs) {
    log.error("scripts-unavailable", "guardian", base::os_fail("dup").error().message);
    return host;
  }
  host.channel_ = std::move(ends->first);
  host.parts_.push_back(std::move(theirs));
  host.parts_.push_back(std::move(*memory));
  return host;
}

base::Result<net::UniqueFd> ScriptHost::connect() {
  if (!channel_) return base::fail("open-scripts: no scripts are run");
  auto ends = net::SeqpacketChannel::pair();
  if (!ends) return std::unexpected(ends.error());
  const std::array<std::uint8_t, 1> serve = {ScriptLoop::kServeWorker};
  if (auto sent = channel_.send(serve, {ends->first.fd()}); !sent) {
    return std::unexpected(sent.error().within("open-scripts"));
  }
  net::UniqueFd theirs(::fcntl(ends->second.fd(), F_DUPFD_CLOEXEC, 0));
  if (!theirs) return base::os_fail("open-scripts");
  return theirs;
}

void ScriptHost::finish(base::Duration time, const Meanwhile& meanwhile) {
  if (!channel_) return;
  // What it has said up to here is of no interest.
  net::Packet old;
  while (channel_.receive(old) == net::SeqpacketChannel::Received::kPacket) {
  }
  Finish finish{.until = event::now() + time};
  order_finish(finish);
  const base::Instant give_up = finish.until + scripts::KillLadder::kGrace + kFinishMargin;
  while (!finish.done && event::now() < give_up) {
    meanwhile.beat();
    pollfd wait{.fd = channel_.fd(), .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, kBeatMs) > 0) take_words(finish, meanwhile);
  }
}

void ScriptHost::take_words(Finish& finish, const Meanwhile& meanwhile) {
  net::Packet packet;
  while (!finish.done) {
    const auto received = channel_.receive(packet);
    if (received && *received == net::SeqpacketChannel::Received::kNothing) return;
    if (received && *received == net::SeqpacketChannel::Received::kPacket) {
      on_word(packet.bytes, finish, meanwhile);
    } else {
      finish.done = true;  // nobody would start it again
    }
  }
}

void ScriptHost::on_word(base::Bytes word, Finish& finish, const Meanwhile& meanwhile) {
  base::ByteReader in(word);
  switch (in.u8()) {
    case ScriptLoop::kHere:
      // A new one, in place of one that had orders: those went with it.
      if (std::exchange(finish.taken, false)) {
        log_->warning("notify-lost", "guardian",
                      "the process that runs scripts ended before all of them had heard of the "
                      "stop; they are not told again");
      }
      order_finish(finish);
      return;
    case ScriptLoop::kFinishing:
      finish.taken = true;
      return;
    case ScriptLoop::kTold:
      meanwhile.write(word.subspan(1));
      return;
    case ScriptLoop::kDone:
      finish.done = true;
      return;
    default:
      return;
  }
}

void ScriptHost::order_finish(const Finish& finish) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::max(finish.until - event::now(), base::Duration::zero()));
  base::ByteWriter order;
  order.u8(ScriptLoop::kFinish).u32(static_cast<std::uint32_t>(left.count()));
  (void)channel_.send(order.view());  // where it can't be told, waiting for it ends by the time
}

base::Duration ScriptHost::longest_finish(const Grants& grants) {
  if (grants.notifies.empty()) return base::Duration::zero();
  return kFinishTime + scripts::KillLadder::kGrace + kFinishMargin;
}

}  // namespace hapair::guardian
