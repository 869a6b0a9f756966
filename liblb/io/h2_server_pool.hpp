// The HTTP/2 connections to one server. Each carries many exchanges; one is filled before the next
// is opened, so that those that are not needed any more fall idle. Exchanges that come while a
// connection is on its way wait for it together.
#pragma once

#include <cstddef>
#include <expected>
#include <list>
#include <memory>

#include "common/tls/client_context.hpp"
#include "liblb/core/exchange_sides.hpp"
#include "liblb/core/settings.hpp"
#include "liblb/io/backend_h2.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/h2_server_connection.hpp"
#include "liblb/io/server_opening.hpp"

namespace hapair::lb {

class ConnectionPool;

/// By their ALPN names.
inline constexpr std::string_view kHttp1Protocol = "http/1.1";
inline constexpr std::string_view kHttp2Protocol = "h2";

class H2ServerPool {
 public:
  /// All references outlive it. `other`: its owner, which takes connections of HTTP/1.1, and knows
  /// what holds for those of both versions.
  H2ServerPool(Context& context, const BackendSettings& settings, const ServerSettings& server,
               BackendH2& backend, ConnectionPool& other);
  H2ServerPool(const H2ServerPool&) = delete;
  H2ServerPool& operator=(const H2ServerPool&) = delete;

  /// One that stands or is on its way and has room for the exchange; nullptr: there is none.
  [[nodiscard]] ServerSide* find(Exchange& exchange, const Connector::Wanted& wanted);
  [[nodiscard]] std::expected<ServerSide*, ConnectFailure> open(Exchange& exchange,
                                                                const Connector::Wanted& wanted);
  /// No request of that client follows.
  void forget(const ClientSide& client);
  void close_idle();
  [[nodiscard]] std::size_t idle_count() const;
  /// Idle ones that carried more than one exchange.
  [[nodiscard]] std::size_t proven_count() const;

  // From its connections:
  [[nodiscard]] const BackendSettings& settings() const { return settings_; }
  [[nodiscard]] const ServerSettings& server() const { return server_; }
  [[nodiscard]] BackendH2& backend() { return backend_; }
  [[nodiscard]] bool under_tls() const;
  /// The connection carries nothing: whether it is kept.
  [[nodiscard]] bool keeps(const H2ServerConnection& connection) const;
  /// The connection is closed, outside its own callback.
  void retire(H2ServerConnection& connection);

  // From connections on their way:
  void on_open(ServerOpening& opening);
  void on_failed(ServerOpening& opening);
  void on_deserted(ServerOpening& opening) { retire(opening); }

 private:
  /// Whose it will be; null: everybody's.
  [[nodiscard]] const ClientSide* owner_of(const Connector::Wanted& wanted) const;
  [[nodiscard]] H2ServerConnection* find_standing(const Connector::Wanted& wanted);
  [[nodiscard]] ServerOpening* find_opening(const Connector::Wanted& wanted);
  [[nodiscard]] std::expected<ServerOpening*, ConnectFailure> dial_for(const ClientSide* owner);
  /// Each of those that wait for an opening gets a stream of one connection ...
  void serve(ServerOpening& opening, H2ServerConnection& connection);
  /// ... or a connection of its own.
  void serve_by_http1(ServerOpening& opening);
  void retire(ServerOpening& opening);
  /// The server does not agree to what is asked of it.
  void tell_refusal();
  void reap() noexcept;

  Context& context_;
  const BackendSettings& settings_;
  const ServerSettings& server_;
  BackendH2& backend_;
  ConnectionPool& other_;
  H2ServerConnection::List connections_;
  ServerOpening::List openings_;
  H2ServerConnection::List dead_;
  ServerOpening::List over_;
  Task reap_task_;
  bool expects_http2_ = true;  ///< the last connection was, or none has been made
};

}  // namespace hapair::lb
