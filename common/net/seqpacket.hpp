// A Unix SOCK_SEQPACKET pair between processes of one tree: whole messages, descriptors along with
// them, and an end-of-file when the other side is gone.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::net {

struct Packet {
  std::vector<std::uint8_t> bytes;
  std::vector<UniqueFd> fds;
};

class SeqpacketChannel {
 public:
  static constexpr std::size_t kMaxBytes = 64 * 1024;
  static constexpr std::size_t kMaxFds = 16;

  SeqpacketChannel() = default;
  explicit SeqpacketChannel(UniqueFd fd) : fd_(std::move(fd)) {}

  /// Two connected ends; non-blocking and close-on-exec.
  [[nodiscard]] static base::Result<std::pair<SeqpacketChannel, SeqpacketChannel>> pair();

  /// Sends one message. The descriptors are duplicated into it, the caller keeps its own. EAGAIN
  /// (the other side does not read) is an error like any other.
  [[nodiscard]] base::Result<void> send(base::Bytes bytes, const std::vector<int>& fds = {});

  enum class Received { kPacket, kNothing, kClosed };
  /// The next message, if there is one. A message above the limits is an error and is dropped.
  [[nodiscard]] base::Result<Received> receive(Packet& into);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(fd_); }
  void close() { fd_.reset(); }

 private:
  UniqueFd fd_;
};

}  // namespace hapair::net
