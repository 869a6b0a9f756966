#include "liblb/io/connection_pool.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/text.hpp"
#include "liblb/io/dial.hpp"

namespace hapair::lb {

ConnectionPool::ConnectionPool(Context& context, const BackendSettings& settings,
                               const ServerSettings& server, BackendH2& http2)
    : context_(context),
      settings_(settings),
      server_(server),
      reap_task_(event::Callback<>::to<&ConnectionPool::reap>(this)) {
  if (server.protocols.http2) h2_.emplace(context, settings, server, http2, *this);
}

std::expected<ServerSide*, ConnectFailure> ConnectionPool::acquire(
    Exchange& exchange, const Connector::Wanted& wanted) {
  if (h2_) {
    if (ServerSide* const side = h2_->find(exchange, wanted)) return side;
    if (!server_.protocols.http1) return h2_->open(exchange, wanted);
  }
  if (ServerConnection* const connection = use_idle(exchange, wanted)) return connection;
  // What kind of connection comes of it is told by its server; a WebSocket has a way over HTTP/1.1
  // in any case.
  if (h2_ && !wanted.websocket) return h2_->open(exchange, wanted);
  const auto opened = open();
  if (!opened) return opened;
  own(**opened, wanted.client);
  (*opened)->assign(exchange);
  return *opened;
}

ServerConnection* ConnectionPool::use_idle(Exchange& exchange, const Connector::Wanted& wanted) {
  while (ServerConnection* const connection = find_idle(wanted)) {
    if (wanted.checked && !connection->still_stands()) {
      retire(*connection);
      continue;
    }
    move_to(busy_, *connection);
    connection->assign(exchange);
    return connection;
  }
  return nullptr;
}

ServerConnection& ConnectionPool::adopt(ServerStream stream, Exchange& exchange,
                                        const ClientSide* client) {
  ServerConnection& connection = add(std::move(stream), SendProxy::kNone);
  own(connection, client);
  connection.assign(exchange);
  connection.take_over();
  return connection;
}

void ConnectionPool::own(ServerConnection& connection, const ClientSide* client) {
  if (is_shared() || client == nullptr) return;
  connection.owner = client;
  owned_[client] = &connection;
}

void ConnectionPool::reserve(ServerConnection& connection, const ClientSide& client) {
  if (connection.owner != nullptr) return;
  if (ServerConnection* const other = idle_of(&client)) retire(*other);
  connection.owner = &client;
  owned_[&client] = &connection;
  context_.reserves_connections = true;
}

ServerConnection* ConnectionPool::idle_of(const ClientSide* client) const {
  if (owned_.empty()) return nullptr;
  const auto own = owned_.find(client);
  return own != owned_.end() && own->second->home == &idle_ ? own->second : nullptr;
}

ServerConnection* ConnectionPool::find_idle(const Connector::Wanted& wanted) {
  if (wanted.from == Connector::From::kNew) return nullptr;
  ServerConnection* const own = idle_of(wanted.client);
  if (own != nullptr || wanted.from == Connector::From::kOwn) return own;
  const bool proven = wanted.from == Connector::From::kProven;
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(), [proven](const auto& kept) {
    return kept->owner == nullptr && (!proven || kept->reused());
  });
  return found != idle_.rend() ? found->get() : nullptr;
}

std::expected<ServerConnection*, ConnectFailure> ConnectionPool::open() {
  auto socket = dial(context_, server_);
  if (!socket) return std::unexpected(socket.error());
  const std::string_view only = h2_ ? kHttp1Protocol : std::string_view();
  ServerConnection& connection =
      add(ServerStream(context_, std::move(*socket), tls_.get(), only), server_.send_proxy);
  if (connection.start()) return &connection;
  retire(connection);
  return std::unexpected(ConnectFailure::kExhausted);
}

ServerConnection& ConnectionPool::add(ServerStream stream, SendProxy send_proxy) {
  busy_.push_back(
      std::make_unique<ServerConnection>(context_, *this, std::move(stream), send_proxy));
  ServerConnection& connection = *busy_.back();
  connection.home = &busy_;
  connection.place = std::prev(busy_.end());
  return connection;
}

void ConnectionPool::park(ServerConnection& connection) {
  const bool wanted =
      connection.owner != nullptr || (is_shared() && idle_.size() < settings_.max_idle_connections);
  if (!keeps() || !wanted) {
    retire(connection);
    return;
  }
  move_to(idle_, connection);
  connection.wait(context_.now() + settings_.idle_timeout);
}

void ConnectionPool::retire(ServerConnection& connection) {
  if (connection.owner != nullptr) owned_.erase(connection.owner);
  connection.owner = nullptr;
  connection.silence();
  move_to(dead_, connection);
  context_.work.add(reap_task_);
}

void ConnectionPool::forget(const ClientSide& client) {
  const auto own = owned_.find(&client);
  if (own != owned_.end()) retire(*own->second);
  if (h2_) h2_->forget(client);
}

void ConnectionPool::tell_failure(const ServerStream& stream) {
  const std::string fault = stream.tls_fault();
  const auto held_back = fault.empty() ? std::nullopt : tls_faults_.pass(context_.now());
  if (!held_back) return;
  context_.log.warning("server-tls-failed", base::concat(settings_.name, "/", server_.name),
                       base::concat("no connection, as its TLS is not right: ", fault, "; ",
                                    *held_back, " others failed since the last such line"));
}

void ConnectionPool::close_idle() {
  while (!idle_.empty()) retire(*idle_.front());
  if (h2_) h2_->close_idle();
}

void ConnectionPool::keep(bool keeps) {
  keeps_ = keeps;
  if (!keeps) close_idle();
}

void ConnectionPool::move_to(List& list, ServerConnection& connection) {
  list.splice(list.end(), *connection.home, connection.place);
  connection.home = &list;
}

void ConnectionPool::reap() noexcept { dead_.clear(); }

}  // namespace hapair::lb
