#include "apps/hapair/guardian/log_keeper.hpp"

#include <linux/capability.h>
#include <poll.h>
#include <sys/prctl.h>

#include <array>
#include <deque>
#include <utility>

#include "apps/hapair/guardian/log_file.hpp"
#include "apps/hapair/guardian/process_setup.hpp"
#include "common/event/clock.hpp"

namespace hapair::guardian {
namespace {

/// The files are given to the group that may read the control socket.
constexpr std::array kKeeperCapabilities = {CAP_CHOWN};
/// So many packets are written before the guardian is looked at again.
constexpr int kPacketsPerTurn = 64;
/// The first byte of a message from the guardian.
constexpr std::array<std::uint8_t, 1> kServe = {1};  ///< with one descriptor: a new channel
constexpr std::array<std::uint8_t, 1> kReopen = {2};

class Keeper {
 public:
  Keeper(net::SeqpacketChannel guardian, const LogFilesGrant& grant, base::Logger& log)
      : guardian_(std::move(guardian)) {
    for (const std::string& path : grant.paths) files_.emplace_back(path, grant.gid, log);
  }

  /// Serves until the guardian and the worker are gone.
  void run() {
    while (guardian_ || worker_) {
      std::array<pollfd, 2> fds = {pollfd{.fd = guardian_.fd(), .events = POLLIN, .revents = 0},
                                   pollfd{.fd = worker_.fd(), .events = POLLIN, .revents = 0}};
      if (::poll(fds.data(), fds.size(), -1) <= 0) continue;
      if (fds[1].revents != 0) drain_worker();
      if (fds[0].revents != 0) hear_guardian();
    }
  }

 private:
  using Received = net::SeqpacketChannel::Received;

  void hear_guardian() {
    const auto received = guardian_.receive(packet_);
    if (received && *received == Received::kNothing) return;
    if (!received || *received == Received::kClosed) {
      guardian_.close();
      return;
    }
    if (packet_.bytes.front() == kReopen.front()) {
      // What was sent before belongs in the old files.
      drain_worker();
      for (LogFile& file : files_) file.reopen();
    } else if (packet_.fds.size() == 1) {
      net::UniqueFd next = std::move(packet_.fds.front());
      drain_worker();
      worker_ = net::SeqpacketChannel(std::move(next));
    }
  }

  void drain_worker() {
    for (int turn = 0; worker_ && turn < kPacketsPerTurn; ++turn) {
      const auto received = worker_.receive(packet_);
      if (received && *received == Received::kNothing) return;
      if (!received || *received == Received::kClosed) {
        worker_.close();
        return;
      }
      take_lines(packet_.bytes);
    }
  }

  void take_lines(base::Bytes packet) {
    base::ByteReader in(packet);
    const std::uint16_t number = in.u16();
    if (!in.ok() || number >= files_.size()) return;
    const LogFile::Lost lost =
        files_[number].write(base::as_text(in.take(in.left())), event::now());
    if (lost.lines == 0) return;
    base::ByteWriter report;
    report.u16(number).u32(lost.lines).u32(static_cast<std::uint32_t>(lost.error));
    (void)worker_.send(report.view());
  }

  net::SeqpacketChannel guardian_;
  net::SeqpacketChannel worker_;
  std::deque<LogFile> files_;
  net::Packet packet_;
};

int keep(net::SeqpacketChannel guardian, const LogFilesGrant& grant, base::Logger& log) {
  ::prctl(PR_SET_NAME, "hapair-log", 0, 0, 0);
  if (const auto kept = keep_capabilities(kKeeperCapabilities); !kept) return kExitFailed;
  Keeper(std::move(guardian), grant, log).run();
  return 0;
}

}  // namespace

LogKeeper LogKeeper::start(const LogFilesGrant& grant, base::Logger& log) {
  LogKeeper keeper;
  if (grant.paths.empty()) return keeper;
  auto process = HelperProcess::start(
      [&](net::SeqpacketChannel channel) { return keep(std::move(channel), grant, log); });
  if (!process) {
    log.warning("log-file-unwritable", "guardian", process.error().message);
    return keeper;
  }
  keeper.process_ = std::move(*process);
  return keeper;
}

LogKeeper LogKeeper::take_on(HelperProcess::Handle handle) {
  LogKeeper keeper;
  keeper.process_ = HelperProcess::take_on(std::move(handle));
  return keeper;
}

base::Result<net::UniqueFd> LogKeeper::connect() {
  if (!process_) return base::fail("open-logs: no log files are written");
  auto channel = process_.connect(kServe);
  if (!channel) return std::unexpected(channel.error().within("open-logs"));
  return channel;
}

void LogKeeper::reopen() {
  // One that is gone, or has more orders than it gets done, finds the new files by itself.
  if (process_) (void)process_.tell(kReopen);
}

}  // namespace hapair::guardian
