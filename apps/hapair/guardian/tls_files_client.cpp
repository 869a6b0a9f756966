#include "apps/hapair/guardian/tls_files_client.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "apps/hapair/guardian/certificate_keeper.hpp"

namespace hapair::guardian {
namespace {

/// Sources that are told of in one turn before others get theirs.
constexpr int kPacketsPerTurn = 4;

base::Result<tls_files::Items> read_items(int memory) {
  struct stat status{};
  if (::fstat(memory, &status) != 0) return base::os_fail("memory of the TLS files");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > kMaxTlsItemBytes) return base::fail("the files are too large");
  std::vector<std::uint8_t> bytes(size);
  if (::pread(memory, bytes.data(), size, 0) != static_cast<ssize_t>(size)) {
    return base::os_fail("memory of the TLS files");
  }
  base::ByteReader in(bytes);
  return tls_files::take_items(in);
}

}  // namespace

TlsFilesClient::TlsFilesClient(event::EventLoop& loop, net::UniqueFd channel, TlsFileEvents& events)
    : channel_(std::move(channel)),
      events_(events),
      watch_(loop, event::Priority::kControl,
             event::Callback<event::FdEvents>::to<&TlsFilesClient::on_readable>(this)) {}

base::Result<void> TlsFilesClient::start() { return watch_.start_reading(channel_.fd()); }

void TlsFilesClient::on_readable(event::FdEvents /*events*/) noexcept {
  net::Packet packet;
  for (int turn = 0; turn < kPacketsPerTurn; ++turn) {
    const auto received = channel_.receive(packet);
    if (received && *received == net::SeqpacketChannel::Received::kNothing) return;
    if (!received || *received == net::SeqpacketChannel::Received::kClosed) {
      watch_.stop();
      events_.on_tls_files_gone();
      return;
    }
    take(packet);
  }
}

void TlsFilesClient::take(const net::Packet& packet) {
  const auto news = decode_tls_file_news(packet.bytes);
  if (!news) return;
  if (packet.fds.empty()) {
    events_.on_tls_fault(news->source, news->fault);
    return;
  }
  auto items = read_items(packet.fds.front().get());
  if (items) {
    events_.on_tls_items(news->source, std::move(*items));
  } else {
    events_.on_tls_fault(news->source, items.error().message);
  }
}

}  // namespace hapair::guardian
