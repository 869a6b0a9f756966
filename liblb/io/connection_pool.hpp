// The connections to one server: those in use, and those that wait for the next exchange, of which
// the one used last is used next.
#pragma once

#include <list>
#include <memory>

#include "liblb/core/backend.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/server_connection.hpp"

namespace hapair::lb {

class ConnectionPool {
 public:
  ConnectionPool(Context& context, const BackendSettings& settings, base::Endpoint endpoint);
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  /// nullptr when a new connection failed at once.
  [[nodiscard]] ServerConnection* acquire(Exchange& exchange, Connector::Reuse reuse);
  /// The connection waits for its next exchange.
  void park(ServerConnection& connection);
  /// The connection is closed, outside its own callback.
  void retire(ServerConnection& connection);
  void close_idle();

  [[nodiscard]] std::size_t idle_count() const { return idle_.size(); }

 private:
  using List = ServerConnection::List;

  static void move_to(List& list, ServerConnection& connection);
  void reap() noexcept;

  Context& context_;
  const BackendSettings& settings_;
  base::Endpoint endpoint_;
  List busy_;
  List idle_;  ///< the one used last at the back
  List dead_;
  Task reap_task_;
};

}  // namespace hapair::lb
