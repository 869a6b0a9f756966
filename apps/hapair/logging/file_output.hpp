// Lines to files, by way of the process that writes them (guardian/log_keeper.hpp): a disk that
// stalls keeps that process waiting, never this one.
//
// A packet to it is the file's number (16 bits) and whole lines; a packet from it tells of lines
// that the disk did not take: number, how many (32 bits), errno (32 bits).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "apps/hapair/logging/line_output.hpp"
#include "apps/hapair/logging/target_sink.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/seqpacket.hpp"

namespace hapair::logging {

/// This process's end of the channel.
class FileChannel {
 public:
  /// Bytes of lines in one packet.
  static constexpr std::size_t kMaxPacket = 48 * 1024;

  FileChannel(event::EventLoop& loop, net::UniqueFd channel);
  [[nodiscard]] base::Result<void> start() { return watch_.start_reading(channel_.fd()); }

  /// 0, or the errno why it could not be sent.
  int send(std::size_t file, std::string_view lines);
  /// Who is told of lines that the file did not get; it is there as long as the loop runs.
  void tell(std::size_t file, TargetSink& sink);

 private:
  void on_readable(event::FdEvents events) noexcept;

  net::SeqpacketChannel channel_;
  std::vector<TargetSink*> sinks_;
  event::FdWatch watch_;
};

class FileOutput final : public LineOutput {
 public:
  /// The channel outlives it. `file`: the number that the keeper knows it by.
  FileOutput(FileChannel& channel, std::size_t file) : channel_(channel), file_(file) {}

  Sent send(LineQueue& queue) override;

 private:
  FileChannel& channel_;
  std::size_t file_;
};

}  // namespace hapair::logging
