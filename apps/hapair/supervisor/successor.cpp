#include "apps/hapair/supervisor/successor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "apps/hapair/handover/steps.hpp"
#include "common/base/text.hpp"

namespace hapair::supervisor {
namespace {

constexpr int kOfferMs = 5000;
constexpr int kExitNotStarted = 127;
enum Given : std::size_t { kLedger, kPage, kGuardian, kGivens };

/// Does not return; the child's own memory is as good as gone when it gets here.
[[noreturn]] void become(const Invocation& invocation, int channel) {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  const bool placed = channel == Successor::kChannelFd
                          ? ::fcntl(channel, F_SETFD, 0) == 0
                          : ::dup2(channel, Successor::kChannelFd) >= 0;
  ::close_range(Successor::kChannelFd + 1, ~0U, 0);
  ::setenv(Successor::kVariable, std::to_string(Successor::kChannelFd).c_str(), 1);
  std::vector<std::string> words{invocation.program};
  words.insert(words.end(), invocation.arguments.begin(), invocation.arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  if (placed) ::execv(invocation.program.c_str(), argv.data());
  ::_exit(kExitNotStarted);
}

}  // namespace

base::Result<Successor::Started> Successor::start(const Invocation& invocation,
                                                  const guardian::Ledger& ledger,
                                                  base::Instant now) {
  auto offer = net::SeqpacketChannel::pair();
  if (!offer) return std::unexpected(offer.error());
  auto guardians = net::SeqpacketChannel::pair();
  if (!guardians) return std::unexpected(guardians.error());
  auto page = guardian::DutyPage::create();
  if (!page) return std::unexpected(page.error());
  auto& [ours, theirs] = *offer;
  const handover::StepMessage message{.step = handover::Step::kOffer};
  // In the channel before anybody reads.
  const auto sent =
      ours.send(handover::encode_step(message), {ledger.fd(), page->fd(), guardians->second.fd()});
  if (!sent) return std::unexpected(sent.error());
  auto process = Process::start([&]() -> int { become(invocation, theirs.fd()); });
  if (!process) return std::unexpected(process.error());
  return Started{
      .successor = Successor(std::move(*process), std::move(ours), std::move(*page), now + kLimit),
      .for_guardian = std::move(guardians->first)};
}

base::Result<Inheritance> accept_offer(net::UniqueFd fd) {
  ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
  net::SeqpacketChannel channel(std::move(fd));
  pollfd wait{.fd = channel.fd(), .events = POLLIN, .revents = 0};
  if (::poll(&wait, 1, kOfferMs) <= 0) return base::fail("no hapair offers to hand over");
  net::Packet packet;
  const auto received = channel.receive(packet);
  if (!received) return std::unexpected(received.error());
  if (*received != net::SeqpacketChannel::Received::kPacket) {
    return base::fail("the hapair that was to hand over is gone");
  }
  const auto message = handover::decode_step(packet.bytes);
  if (!message) return std::unexpected(message.error());
  if (message->step != handover::Step::kOffer || packet.fds.size() < kGivens) {
    return base::fail("the offer to hand over is malformed");
  }
  auto ledger = guardian::Ledger::share(std::move(packet.fds[kLedger]));
  if (!ledger) return std::unexpected(ledger.error());
  auto page = guardian::DutyPage::share(std::move(packet.fds[kPage]));
  if (!page) return std::unexpected(page.error());
  return Inheritance{.ledger = std::move(*ledger),
                     .page = std::move(*page),
                     .guardian = net::SeqpacketChannel(std::move(packet.fds[kGuardian])),
                     .parent = std::move(channel)};
}

}  // namespace hapair::supervisor
