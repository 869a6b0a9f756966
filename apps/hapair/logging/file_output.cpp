#include "apps/hapair/logging/file_output.hpp"

#include <cerrno>
#include <utility>

#include "common/base/bytes.hpp"

namespace hapair::logging {

FileChannel::FileChannel(event::EventLoop& loop, net::UniqueFd channel)
    : channel_(std::move(channel)),
      watch_(loop, event::Priority::kTraffic,
             event::Callback<event::FdEvents>::to<&FileChannel::on_readable>(this)) {}

int FileChannel::send(std::size_t file, std::string_view lines) {
  base::ByteWriter packet;
  packet.u16(static_cast<std::uint16_t>(file)).bytes(base::as_bytes(lines));
  const auto sent = channel_.send(packet.view());
  return sent ? 0 : sent.error().os_errno;
}

void FileChannel::tell(std::size_t file, TargetSink& sink) {
  if (sinks_.size() <= file) sinks_.resize(file + 1);
  sinks_[file] = &sink;
}

void FileChannel::on_readable(event::FdEvents /*events*/) noexcept {
  net::Packet packet;
  for (;;) {
    const auto received = channel_.receive(packet);
    if (received && *received == net::SeqpacketChannel::Received::kNothing) return;
    if (!received || *received == net::SeqpacketChannel::Received::kClosed) {
      watch_.stop();  // what is sent from here on fails, and is counted
      return;
    }
    base::ByteReader in(packet.bytes);
    const std::size_t file = in.u16();
    const std::uint32_t lines = in.u32();
    const std::uint32_t error = in.u32();
    if (!in.ok() || file >= sinks_.size() || sinks_[file] == nullptr) continue;
    sinks_[file]->add_lost(lines, static_cast<int>(error));
  }
}

LineOutput::Sent FileOutput::send(LineQueue& queue) {
  Sent sent;
  while (!queue.empty()) {
    const std::string_view lines = queue.lines_within(FileChannel::kMaxPacket);
    sent.error = channel_.send(file_, lines);
    if (sent.error != 0) return sent;
    sent.lines += queue.pop_bytes(lines.size());
  }
  return sent;
}

}  // namespace hapair::logging
