// The connections to one server: those in use, and those that wait for the next exchange, of which
// the one used last is used next. Where connections are never shared, each waits for its own
// client, as do those that a client has authenticated as a whole. Those of HTTP/2 are kept by a
// pool of their own.
#pragma once

#include <algorithm>
#include <expected>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>

#include "common/base/repeat_guard.hpp"
#include "liblb/core/backend.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/h2_server_pool.hpp"
#include "liblb/io/server_connection.hpp"

namespace hapair::lb {

class ConnectionPool {
 public:
  ConnectionPool(Context& context, const BackendSettings& settings, const ServerSettings& server,
                 BackendH2& http2);
  /// Connections from here on are under TLS.
  void use_tls(std::shared_ptr<tls::ClientContext> tls) { tls_ = std::move(tls); }
  [[nodiscard]] tls::ClientContext* tls() const { return tls_.get(); }
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  /// One that stands or is being made.
  [[nodiscard]] std::expected<ServerSide*, ConnectFailure> acquire(Exchange& exchange,
                                                                   const Connector::Wanted& wanted);
  /// An open connection that turned out to be one of HTTP/1.1. `client`: who alone may use it;
  /// null: all may.
  [[nodiscard]] ServerConnection& adopt(ServerStream stream, Exchange& exchange,
                                        const ClientSide* client);
  /// The connection waits for its next exchange.
  void park(ServerConnection& connection);
  /// The connection is closed, outside its own callback.
  void retire(ServerConnection& connection);
  void close_idle();
  /// False: none waits for a next exchange, now and until it is true again.
  void keep(bool keeps);
  [[nodiscard]] bool keeps() const { return keeps_ && !context_.draining; }
  /// Connections carry exchanges of any client.
  [[nodiscard]] bool is_shared() const {
    return settings_.reuse != ReuseMode::kNever && server_.send_proxy == SendProxy::kNone;
  }
  /// From here on the connection carries that client's exchanges only, and these come first to it.
  void reserve(ServerConnection& connection, const ClientSide& client);
  [[nodiscard]] bool has_own(const ClientSide& client) const {
    return !owned_.empty() && owned_.contains(&client);
  }
  /// No request of that client follows.
  void forget(const ClientSide& client);
  /// Opening a connection has failed: says so where the server's TLS is at fault.
  void tell_failure(const ServerStream& stream);

  [[nodiscard]] std::size_t idle_count() const {
    return idle_.size() + (h2_ ? h2_->idle_count() : 0);
  }
  /// Idle ones that were used again before.
  [[nodiscard]] std::size_t proven_count() const {
    const auto proven =
        std::ranges::count_if(idle_, [](const auto& connection) { return connection->reused(); });
    return static_cast<std::size_t>(proven) + (h2_ ? h2_->proven_count() : 0);
  }

 private:
  using List = ServerConnection::List;

  static void move_to(List& list, ServerConnection& connection);
  [[nodiscard]] ServerConnection* idle_of(const ClientSide* client) const;
  /// A kept connection that fits; nullptr: none does.
  [[nodiscard]] ServerConnection* find_idle(const Connector::Wanted& wanted);
  /// The same; it has the exchange. Where that is wished a look finds it standing.
  [[nodiscard]] ServerConnection* use_idle(Exchange& exchange, const Connector::Wanted& wanted);
  [[nodiscard]] std::expected<ServerConnection*, ConnectFailure> open();
  ServerConnection& add(ServerStream stream, SendProxy send_proxy);
  void own(ServerConnection& connection, const ClientSide* client);
  void reap() noexcept;

  std::shared_ptr<tls::ClientContext> tls_;  ///< null: connections are plain; outlives them
  Context& context_;
  const BackendSettings& settings_;
  const ServerSettings& server_;
  List busy_;
  List idle_;  ///< the one used last at the back
  List dead_;
  std::unordered_map<const ClientSide*, ServerConnection*> owned_;  ///< those with an owner
  base::RepeatGuard tls_faults_;                                    ///< of the log
  Task reap_task_;
  bool keeps_ = true;
  std::optional<H2ServerPool> h2_;  ///< where the server may be spoken to in HTTP/2
};

}  // namespace hapair::lb
