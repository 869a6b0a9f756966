#include "apps/hapair/guardian/certificate_keeper.hpp"

#include <linux/capability.h>
#include <poll.h>
#include <sys/prctl.h>

#include <array>
#include <utility>

#include "apps/hapair/guardian/process_setup.hpp"
#include "apps/hapair/guardian/refuse_network.hpp"
#include "apps/hapair/guardian/sealed_memory.hpp"

namespace hapair::guardian {
namespace {

constexpr int kLookEveryMs = 1000;
constexpr std::array kKeeperCapabilities = {CAP_DAC_READ_SEARCH};
constexpr std::array<std::uint8_t, 1> kServe = {1};  ///< with one descriptor: a new channel

class Keeper {
 public:
  Keeper(net::SeqpacketChannel guardian, const std::vector<tls_files::Source>& sources)
      : guardian_(std::move(guardian)) {
    for (const tls_files::Source& source : sources) {
      files_.push_back({.source = &source, .seen = tls_files::look(source), .pending = false});
    }
  }

  /// Serves until the guardian is gone.
  void run() {
    while (guardian_) {
      pollfd wait{.fd = guardian_.fd(), .events = POLLIN, .revents = 0};
      if (::poll(&wait, 1, worker_ ? kLookEveryMs : -1) < 0) continue;
      if (wait.revents != 0) hear_guardian();
      for (std::size_t i = 0; i < files_.size(); ++i) look(i);
    }
  }

 private:
  struct File {
    const tls_files::Source* source = nullptr;
    std::string seen;
    bool pending = false;  ///< changed at the last look: it may still be written
  };

  void hear_guardian() {
    net::Packet packet;
    const auto received = guardian_.receive(packet);
    if (received && *received == net::SeqpacketChannel::Received::kNothing) return;
    if (!received || *received == net::SeqpacketChannel::Received::kClosed) {
      guardian_.close();
      return;
    }
    if (packet.fds.size() != 1) return;
    worker_ = net::SeqpacketChannel(std::move(packet.fds.front()));
    for (std::size_t i = 0; i < files_.size(); ++i) tell(i);
  }

  void look(std::size_t index) {
    File& file = files_[index];
    std::string now = tls_files::look(*file.source);
    const bool changed = now != file.seen;
    file.seen = std::move(now);
    if (!changed && std::exchange(file.pending, false)) tell(index);
    if (changed) file.pending = true;
  }

  void tell(std::size_t index) {
    if (!worker_) return;
    TlsFileNews news{.source = static_cast<std::uint16_t>(index), .fault = {}};
    const auto items = tls_files::read_source(*files_[index].source);
    net::UniqueFd memory;
    if (items) {
      base::ByteWriter out;
      tls_files::put_items(out, *items);
      auto sealed = sealed_memory("hapair-tls", out.view());
      if (sealed) memory = std::move(*sealed);
      if (!sealed) news.fault = sealed.error().message;
    } else {
      news.fault = items.error().message;
    }
    std::vector<int> fds;
    if (memory) fds.push_back(memory.get());
    // A worker that does not read for so long is told at the next look.
    if (!worker_.send(encode_tls_file_news(news), fds)) files_[index].pending = true;
  }

  net::SeqpacketChannel guardian_;
  net::SeqpacketChannel worker_;
  std::vector<File> files_;
};

int keep(net::SeqpacketChannel guardian, const std::vector<tls_files::Source>& sources) {
  ::prctl(PR_SET_NAME, "hapair-tls", 0, 0, 0);
  if (!keep_capabilities(kKeeperCapabilities) || !refuse_network()) return kExitFailed;
  Keeper(std::move(guardian), sources).run();
  return 0;
}

}  // namespace

CertificateKeeper CertificateKeeper::start(const std::vector<tls_files::Source>& sources,
                                           base::Logger& log) {
  CertificateKeeper keeper;
  if (sources.empty()) return keeper;
  auto process = HelperProcess::start(
      [&](net::SeqpacketChannel channel) { return keep(std::move(channel), sources); });
  if (!process) {
    log.warning("certificates-unwatched", "guardian", process.error().message);
    return keeper;
  }
  keeper.process_ = std::move(*process);
  return keeper;
}

CertificateKeeper CertificateKeeper::take_on(HelperProcess::Handle handle) {
  CertificateKeeper keeper;
  keeper.process_ = HelperProcess::take_on(std::move(handle));
  return keeper;
}

base::Result<net::UniqueFd> CertificateKeeper::connect() {
  if (!process_) return base::fail("open-tls-files: no files are watched");
  auto channel = process_.connect(kServe);
  if (!channel) return std::unexpected(channel.error().within("open-tls-files"));
  return channel;
}

}  // namespace hapair::guardian
