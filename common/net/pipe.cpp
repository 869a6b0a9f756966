#include "common/net/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>

namespace hapair::net {
namespace {

IoResult move_bytes(int from, int to, std::size_t bytes) {
  for (;;) {
    const ssize_t moved =
        ::splice(from, nullptr, to, nullptr, bytes, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (moved > 0) return {.status = IoStatus::kOk, .bytes = static_cast<std::size_t>(moved)};
    if (moved == 0) return {.status = IoStatus::kEof};
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return {.status = IoStatus::kWouldBlock};
    return {.status = IoStatus::kError, .error = errno};
  }
}

}  // namespace

std::unique_ptr<Pipe> Pipe::create() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) return nullptr;
  auto pipe = std::unique_ptr<Pipe>(new Pipe(UniqueFd(ends[0]), UniqueFd(ends[1])));
  ::fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(kCapacity));
  return pipe;
}

IoResult Pipe::fill_from(int socket, std::size_t max) {
  assert(empty());
  const IoResult result = move_bytes(socket, in_.get(), std::min(max, kCapacity));
  size_ += result.bytes;
  return result;
}

IoResult Pipe::drain_to(int socket) {
  assert(!empty());
  const IoResult result = move_bytes(out_.get(), socket, size_);
  size_ -= result.bytes;
  return result;
}

}  // namespace hapair::net
