// Real processes, no deadlines of our own: every wait ends with the death that it is for.
#include <doctest/doctest.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "apps/hapair/guardian/death_watch.hpp"
#include "apps/hapair/guardian/protocol.hpp"
#include "apps/hapair/guardian/shared_page.hpp"
#include "apps/hapair/guardian/worker_pulse.hpp"
#include "common/net/seqpacket.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {
namespace {

constexpr int kGenerousMs = 10'000;

bool readable(int fd, int timeout_ms) {
  pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&wait, 1, timeout_ms) == 1;
}

/// A child with a channel to it, in place of a worker. Killed and reaped with the test.
class FakeWorker {
 public:
  FakeWorker(SharedPage& page, const std::function<void()>& after_start) {
    auto ends = net::SeqpacketChannel::pair();
    REQUIRE(ends.has_value());
    pid_ = ::fork();
    if (pid_ == 0) {
      ends->first.close();
      const auto pulse = WorkerPulse::start(page, ends->second.fd());
      if (!pulse || !ends->second.send(encode_request(GetModel{}))) ::_exit(1);
      after_start();
      ::_exit(0);
    }
    channel_ = std::move(ends->first);
    REQUIRE(readable(channel_.fd(), kGenerousMs));
    REQUIRE(next() == Request(GetModel{}));
  }
  ~FakeWorker() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  void kill() const { ::kill(pid_, SIGKILL); }
  [[nodiscard]] int fd() const { return channel_.fd(); }

  Request next() {
    net::Packet packet;
    REQUIRE(channel_.receive(packet) == net::SeqpacketChannel::Received::kPacket);
    return decode_request(packet.bytes).value();
  }

  /// The signal that ended it.
  int signal() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

 private:
  pid_t pid_ = 0;
  net::SeqpacketChannel channel_;
};

void wait_for_ever() {
  while (true) ::pause();
}

/// The lines of this process's shared anonymous mappings.
std::vector<std::string> shared_mappings() {
  std::vector<std::string> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(" rw-s ") != std::string::npos) found.push_back(line);
  }
  return found;
}

/// The watch keeps a reference in its thread for the life of the process.
SharedPage& lasting_page() {
  static SharedPage page = SharedPage::create().value();
  return page;
}

TEST_CASE("the death of each worker is told, one after the other") {
  SharedPage& page = lasting_page();
  DeathWatch watch = DeathWatch::start(page).value();
  for (int generation = 0; generation < 3; ++generation) {
    const FakeWorker worker(page, wait_for_ever);
    watch.acknowledge();
    watch.arm();
    CHECK_FALSE(readable(watch.fd(), 0));
    worker.kill();
    CHECK(readable(watch.fd(), kGenerousMs));
  }
}

TEST_CASE("a watch that is gone reads nothing of what gets its descriptors' numbers") {
  // Kept, as above; its holder has died, so that the thread never waits.
  static SharedPage page = SharedPage::create().value();
  {
    const FakeWorker worker(page, wait_for_ever);
    worker.kill();
  }
  for (int round = 0; round < 300; ++round) {
    {
      DeathWatch watch = DeathWatch::start(page).value();
      watch.arm();
      REQUIRE(readable(watch.fd(), kGenerousMs));
    }
    const net::UniqueFd first(::eventfd(1, EFD_CLOEXEC | EFD_SEMAPHORE));
    const net::UniqueFd second(::eventfd(1, EFD_CLOEXEC | EFD_SEMAPHORE));
    for (int turn = 0; turn < 20; ++turn) ::sched_yield();
    REQUIRE(readable(first.get(), 0));
    REQUIRE(readable(second.get(), 0));
  }
}

/// Where this process has the page mapped; the only shared anonymous memory that it has besides
/// those of the other tests, which are mapped and gone.
std::span<std::byte> raw_page(const std::vector<std::string>& before) {
  for (const std::string& line : shared_mappings()) {
    if (std::ranges::find(before, line) != before.end()) continue;
    std::uintptr_t from = 0;
    std::uintptr_t to = 0;
    REQUIRE(std::sscanf(line.c_str(), "%lx-%lx", &from, &to) == 2);
    return {reinterpret_cast<std::byte*>(from), to - from};
  }
  return {};
}

TEST_CASE("a worker that scribbles over the page harms nobody's watch but its own") {
  const auto before = shared_mappings();
  // Kept: the watch has a reference in its thread for the life of the process.
  static SharedPage page = SharedPage::create().value();
  const std::span<std::byte> raw = raw_page(before);
  REQUIRE_FALSE(raw.empty());
  DeathWatch watch = DeathWatch::start(page).value();
  {
    const FakeWorker worker(page, [raw] {
      std::ranges::fill(raw, std::byte{0x25});
      wait_for_ever();
    });
    watch.arm();
    while (raw.front() != std::byte{0x25}) ::sched_yield();
    worker.kill();
  }
  const FakeWorker next(page, wait_for_ever);
  watch.acknowledge();
  watch.arm();
  CHECK_FALSE(readable(watch.fd(), 0));
  CHECK_FALSE(page.holder_died());
  next.kill();
  CHECK(readable(watch.fd(), kGenerousMs));
  CHECK(page.holder_died());
}

TEST_CASE("a crashing worker gasps, and still dies of its signal") {
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE}) {
    SharedPage page = SharedPage::create().value();
    FakeWorker worker(page, [signal] { ::raise(signal); });
    REQUIRE(readable(worker.fd(), kGenerousMs));
    CHECK(worker.next() == Request(Gasp{}));
    CHECK(worker.signal() == signal);
  }
}

TEST_CASE("heartbeats of a child are seen in the parent") {
  SharedPage page = SharedPage::create().value();
  const base::Instant beat = base::from_ns(42);
  const FakeWorker worker(page, [&] {
    page.beat_worker(beat);
    ::raise(SIGABRT);
  });
  REQUIRE(readable(worker.fd(), kGenerousMs));
  CHECK(page.worker_beat() == beat);
}

}  // namespace
}  // namespace hapair::guardian
