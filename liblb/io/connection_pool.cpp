#include "liblb/io/connection_pool.hpp"

#include <utility>

#include "common/net/socket.hpp"

namespace hapair::lb {

ConnectionPool::ConnectionPool(Context& context, const BackendSettings& settings,
                               base::Endpoint endpoint)
    : context_(context),
      settings_(settings),
      endpoint_(endpoint),
      reap_task_(event::Callback<>::to<&ConnectionPool::reap>(this)) {}

ServerConnection* ConnectionPool::acquire(Exchange& exchange, Connector::Reuse reuse) {
  while (reuse != Connector::Reuse::kNew && !idle_.empty()) {
    ServerConnection& connection = *idle_.back();
    if (reuse == Connector::Reuse::kChecked && !connection.still_stands()) {
      retire(connection);
      continue;
    }
    move_to(busy_, connection);
    connection.assign(exchange);
    return &connection;
  }
  auto socket = net::connect_tcp(endpoint_);
  if (!socket) return nullptr;
  busy_.push_back(std::make_unique<ServerConnection>(context_, *this, std::move(*socket)));
  ServerConnection& connection = *busy_.back();
  connection.home = &busy_;
  connection.place = std::prev(busy_.end());
  if (!connection.start()) {
    retire(connection);
    return nullptr;
  }
  connection.assign(exchange);
  return &connection;
}

void ConnectionPool::park(ServerConnection& connection) {
  if (context_.draining || idle_.size() >= settings_.max_idle_connections) {
    retire(connection);
    return;
  }
  move_to(idle_, connection);
  connection.wait(context_.now() + settings_.idle_timeout);
}

void ConnectionPool::retire(ServerConnection& connection) {
  connection.silence();
  move_to(dead_, connection);
  context_.work.add(reap_task_);
}

void ConnectionPool::close_idle() {
  while (!idle_.empty()) retire(*idle_.front());
}

void ConnectionPool::move_to(List& list, ServerConnection& connection) {
  list.splice(list.end(), *connection.home, connection.place);
  connection.home = &list;
}

void ConnectionPool::reap() noexcept { dead_.clear(); }

}  // namespace hapair::lb
