// A pipe that carries bytes from one socket to another inside the kernel (splice(2)): they are
// passed on by reference and never copied into this process. Owned by whoever has bytes in it.
//
// Writing to a socket whose peer is gone raises SIGPIPE here, as splice() has no flag against it:
// the process must ignore that signal.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "common/net/byte_stream.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::net {

class Pipe {
 public:
  /// Room for so many bytes is asked for; a kernel that gives less only makes the moves shorter.
  static constexpr std::size_t kCapacity = 256 * 1024;

  /// nullptr when the kernel refuses one: it limits descriptors, and pages for each user.
  [[nodiscard]] static std::unique_ptr<Pipe> create();
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  /// Bytes in the pipe.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  /// Moves at most `max` bytes (not 0) in from a socket; the pipe must be empty, for then
  /// kWouldBlock can only mean that the socket is.
  IoResult fill_from(int socket, std::size_t max);
  /// Moves as much as the socket takes out to it; the pipe must not be empty.
  IoResult drain_to(int socket);

 private:
  Pipe(UniqueFd out, UniqueFd in) : out_(std::move(out)), in_(std::move(in)) {}

  UniqueFd out_;
  UniqueFd in_;
  std::size_t size_ = 0;
};

}  // namespace hapair::net
