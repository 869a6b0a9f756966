#include "liblb/io/connection_pool.hpp"

#include <algorithm>
#include <utility>

#include "liblb/io/dial.hpp"

namespace hapair::lb {

ConnectionPool::ConnectionPool(Context& context, const BackendSettings& settings,
                               const ServerSettings& server)
    : context_(context),
      settings_(settings),
      server_(server),
      reap_task_(event::Callback<>::to<&ConnectionPool::reap>(this)) {}

std::expected<ServerConnection*, ConnectFailure> ConnectionPool::acquire(
    Exchange& exchange, const Connector::Wanted& wanted) {
  while (ServerConnection* const connection = find_idle(wanted)) {
    if (wanted.checked && !connection->still_stands()) {
      retire(*connection);
      continue;
    }
    move_to(busy_, *connection);
    connection->assign(exchange);
    return connection;
  }
  const auto opened = open();
  if (!opened) return opened;
  ServerConnection& connection = **opened;
  if (!is_shared()) {
    connection.owner = wanted.client;
    owned_[wanted.client] = &connection;
  }
  connection.assign(exchange);
  return &connection;
}

ServerConnection* ConnectionPool::find_idle(const Connector::Wanted& wanted) {
  switch (wanted.from) {
    case Connector::From::kNew:
      return nullptr;
    case Connector::From::kOwn: {
      const auto own = owned_.find(wanted.client);
      return own != owned_.end() && own->second->home == &idle_ ? own->second : nullptr;
    }
    case Connector::From::kProven: {
      const auto proven = std::find_if(idle_.rbegin(), idle_.rend(),
                                       [](const auto& kept) { return kept->reused(); });
      return proven != idle_.rend() ? proven->get() : nullptr;
    }
    case Connector::From::kAny:
      break;
  }
  return idle_.empty() ? nullptr : idle_.back().get();
}

std::expected<ServerConnection*, ConnectFailure> ConnectionPool::open() {
  auto socket = dial(context_, server_);
  if (!socket) return std::unexpected(socket.error());
  busy_.push_back(std::make_unique<ServerConnection>(context_, *this, std::move(*socket),
                                                     server_.send_proxy, tls_));
  ServerConnection& connection = *busy_.back();
  connection.home = &busy_;
  connection.place = std::prev(busy_.end());
  if (connection.start()) return &connection;
  retire(connection);
  return std::unexpected(ConnectFailure::kExhausted);
}

void ConnectionPool::park(ServerConnection& connection) {
  const bool wanted =
      is_shared() ? idle_.size() < settings_.max_idle_connections : connection.owner != nullptr;
  if (context_.draining || !keeps_ || !wanted) {
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
}

void ConnectionPool::close_idle() {
  while (!idle_.empty()) retire(*idle_.front());
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
