#include "apps/hapair/guardian/journal_keeper.hpp"

#include <linux/capability.h>
#include <poll.h>
#include <sys/prctl.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "apps/hapair/guardian/journal_file.hpp"
#include "apps/hapair/guardian/process_setup.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::guardian {
namespace {

/// The file is given to the group that may read the control socket.
constexpr std::array kKeeperCapabilities = {CAP_CHOWN};

/// So many lines are written before the guardian is looked at again.
constexpr int kLinesPerTurn = 256;
/// So many of such turns are given to a worker that has left, when a line is to follow its own.
constexpr int kLastTurns = 16;

/// The first byte of a message from the guardian.
enum Command : std::uint8_t {
  kServeWorker = 1,  ///< with one descriptor: the end of a new channel to the worker
  kAppend = 2,       ///< with a line
};

/// Writes what the channel holds; false at its end.
bool drain(net::SeqpacketChannel& worker, JournalFile& file) {
  net::Packet packet;
  for (int turn = 0; turn < kLinesPerTurn; ++turn) {
    const auto received = worker.receive(packet);
    if (!received || *received == net::SeqpacketChannel::Received::kClosed) return false;
    if (*received == net::SeqpacketChannel::Received::kNothing) return true;
    file.write(base::as_text(packet.bytes), event::now());
  }
  return true;
}

void serve(net::SeqpacketChannel& worker, JournalFile& file, net::UniqueFd next) {
  if (worker) (void)drain(worker, file);
  worker = net::SeqpacketChannel(std::move(next));
  (void)worker.send(base::as_bytes(file.tail().empty() ? "\n" : file.tail()));
}

void append(net::SeqpacketChannel& worker, JournalFile& file, base::Bytes line) {
  for (int turn = 0; worker && turn < kLastTurns; ++turn) {
    if (!drain(worker, file)) worker.close();
  }
  const std::string whole = numbered(base::as_text(line), file.tail());
  if (!whole.empty()) file.write(whole, event::now());
}

/// The keeper's main function: serves until the guardian and the worker are gone.
int keep(net::SeqpacketChannel guardian, const JournalGrant& grant, base::Logger& log) {
  ::prctl(PR_SET_NAME, "hapair-journal", 0, 0, 0);
  if (const auto kept = keep_capabilities(kKeeperCapabilities); !kept) return kExitFailed;
  JournalFile file(grant, JournalKeeper::kTailBytes, log);
  net::SeqpacketChannel worker;
  while (guardian || worker) {
    std::array<pollfd, 2> fds = {pollfd{.fd = guardian.fd(), .events = POLLIN, .revents = 0},
                                 pollfd{.fd = worker.fd(), .events = POLLIN, .revents = 0}};
    if (::poll(fds.data(), fds.size(), -1) <= 0) continue;
    if (fds[1].revents != 0 && !drain(worker, file)) worker.close();
    if (fds[0].revents == 0) continue;
    net::Packet packet;
    const auto received = guardian.receive(packet);
    if (received && *received == net::SeqpacketChannel::Received::kNothing) continue;
    if (!received || *received == net::SeqpacketChannel::Received::kClosed) {
      guardian.close();
      continue;
    }
    const base::Bytes bytes(packet.bytes);
    if (bytes.empty()) continue;
    if (bytes.front() == kServeWorker && packet.fds.size() == 1) {
      serve(worker, file, std::move(packet.fds.front()));
    } else if (bytes.front() == kAppend) {
      append(worker, file, bytes.subspan(1));
    }
  }
  return 0;
}

}  // namespace

JournalKeeper JournalKeeper::start(const JournalGrant& grant, base::Logger& log) {
  JournalKeeper keeper;
  if (grant.path.empty()) return keeper;
  auto process = HelperProcess::start(
      [&](net::SeqpacketChannel channel) { return keep(std::move(channel), grant, log); });
  if (!process) {
    log.warning("journal-unwritable", "guardian", process.error().message);
    return keeper;
  }
  keeper.process_ = std::move(*process);
  return keeper;
}

base::Result<net::UniqueFd> JournalKeeper::connect() {
  if (!process_) return base::fail("open-journal: no journal is kept in a file");
  const std::array<std::uint8_t, 1> serve = {kServeWorker};
  auto channel = process_.connect(serve);
  if (!channel) return std::unexpected(channel.error().within("open-journal"));
  return channel;
}

void JournalKeeper::append(base::Bytes line) {
  if (!process_) return;
  std::vector<std::uint8_t> message(line.begin(), line.end());
  message.insert(message.begin(), kAppend);
  (void)process_.tell(message);  // like a worker's: what isn't taken is missing
}

}  // namespace hapair::guardian
