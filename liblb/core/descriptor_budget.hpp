// How many descriptors the traffic may have, so that the rest of the process always finds some:
// VRRP, the channel to the guardian, the control socket, checks. And how many of them clients may
// have, so that whoever was let in finds one for its way to a server. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hapair::lb {

class DescriptorBudget {
 public:
  /// What a pipe takes.
  static constexpr std::size_t kOfPipe = 2;

  /// Of clients and servers together; less than what is in use already ends nothing.
  void set_limit(std::size_t limit) { limit_ = limit; }
  [[nodiscard]] std::size_t limit() const { return limit_; }

  void add_client() { ++clients_; }
  void remove_client() { --clients_; }
  /// Of connections to servers, and of pipes.
  void add_inner(std::size_t count = 1) { inner_ += count; }
  void remove_inner(std::size_t count = 1) { inner_ -= count; }
  [[nodiscard]] std::size_t used() const { return clients_ + inner_; }

  /// Clients have a half at most: each may want a server.
  [[nodiscard]] bool admits_client() const { return clients_ < limit_ / 2 && used() < limit_; }
  [[nodiscard]] bool admits_server() const { return used() < limit_; }
  /// Pipes only make payload cheaper: they leave an eighth to connections.
  [[nodiscard]] bool admits_pipe() const { return used() + kOfPipe <= limit_ - limit_ / 8; }

 private:
  std::size_t limit_ = SIZE_MAX;
  std::size_t clients_ = 0;
  std::size_t inner_ = 0;
};

}  // namespace hapair::lb
