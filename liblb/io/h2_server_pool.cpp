#include "liblb/io/h2_server_pool.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"
#include "liblb/io/connection_pool.hpp"
#include "liblb/io/dial.hpp"

namespace hapair::lb {

H2ServerPool::H2ServerPool(Context& context, const BackendSettings& settings,
                           const ServerSettings& server, BackendH2& backend, ConnectionPool& other)
    : context_(context),
      settings_(settings),
      server_(server),
      backend_(backend),
      other_(other),
      reap_task_(event::Callback<>::to<&H2ServerPool::reap>(this)) {}

bool H2ServerPool::under_tls() const { return other_.tls() != nullptr; }

const ClientSide* H2ServerPool::owner_of(const Connector::Wanted& wanted) const {
  return other_.is_shared() ? nullptr : wanted.client;
}

ServerSide* H2ServerPool::find(Exchange& exchange, const Connector::Wanted& wanted) {
  while (H2ServerConnection* const connection = find_standing(wanted)) {
    if (wanted.checked && !connection->still_stands()) continue;  // it has room no more
    return &connection->begin(exchange);
  }
  ServerOpening* const opening = find_opening(wanted);
  return opening != nullptr ? &opening->add(exchange) : nullptr;
}

H2ServerConnection* H2ServerPool::find_standing(const Connector::Wanted& wanted) {
  const ClientSide* const owner = owner_of(wanted);
  const auto fits = [&](const auto& connection) {
    if (connection->owner != owner || !connection->has_room()) return false;
    if (connection->begun() < wanted.since) return false;
    // Where HTTP/1.1 is another way, a WebSocket takes this one only if it is known to be one.
    return !wanted.websocket || !server_.protocols.http1 || connection->takes_websockets();
  };
  const auto found = std::ranges::find_if(connections_, fits);
  return found != connections_.end() ? found->get() : nullptr;
}

ServerOpening* H2ServerPool::find_opening(const Connector::Wanted& wanted) {
  if (!expects_http2_ || (wanted.websocket && server_.protocols.http1)) return nullptr;
  const ClientSide* const owner = owner_of(wanted);
  const auto found = std::ranges::find_if(openings_, [&](const auto& opening) {
    return opening->client() == owner && opening->begun() >= wanted.since &&
           opening->waiting() < settings_.http2.max_streams;
  });
  return found != openings_.end() ? found->get() : nullptr;
}

std::expected<ServerSide*, ConnectFailure> H2ServerPool::open(Exchange& exchange,
                                                              const Connector::Wanted& wanted) {
  const auto opening = dial_for(owner_of(wanted));
  if (!opening) return std::unexpected(opening.error());
  return &(*opening)->add(exchange);
}

std::expected<ServerOpening*, ConnectFailure> H2ServerPool::dial_for(const ClientSide* owner) {
  auto socket = dial(context_, server_);
  if (!socket) return std::unexpected(socket.error());
  openings_.push_back(std::make_unique<ServerOpening>(
      context_, *this, ServerStream(context_, std::move(*socket), other_.tls()), server_.send_proxy,
      owner));
  ServerOpening& opening = *openings_.back();
  opening.place = std::prev(openings_.end());
  if (opening.start()) return &opening;
  retire(opening);
  return std::unexpected(ConnectFailure::kExhausted);
}

void H2ServerPool::on_open(ServerOpening& opening) {
  ServerStream stream = opening.release();
  stream->set_handler(nullptr);
  retire(opening);
  const std::string_view agreed = stream.protocol();
  const bool http2 = agreed == kHttp2Protocol || (!under_tls() && server_.protocols.http2);
  expects_http2_ = http2;
  if (http2) {
    connections_.push_back(std::make_unique<H2ServerConnection>(context_, *this, stream.release()));
    H2ServerConnection& connection = *connections_.back();
    connection.place = std::prev(connections_.end());
    connection.owner = opening.client();
    connection.start();
    serve(opening, connection);
  } else if (server_.protocols.http1) {
    Exchange* const first = opening.next();
    ServerConnection& connection = other_.adopt(std::move(stream), *first, opening.client());
    first->take_side(connection);
    first->on_connected(context_.now());
    serve_by_http1(opening);
  } else {
    tell_refusal();
    on_failed(opening);
  }
}

void H2ServerPool::serve(ServerOpening& opening, H2ServerConnection& connection) {
  while (Exchange* const exchange = opening.next()) {
    ServerSide& side = connection.begin(*exchange);
    exchange->take_side(side);
    if (side.ready()) exchange->on_connected(context_.now());
  }
}

void H2ServerPool::serve_by_http1(ServerOpening& opening) {
  while (Exchange* const exchange = opening.next()) {
    if (const auto own = dial_for(opening.client())) {
      exchange->take_side((*own)->add(*exchange));
    } else {
      exchange->on_connect_failed(context_.now());
    }
  }
}

void H2ServerPool::on_failed(ServerOpening& opening) {
  if (opening.refused_protocols()) {
    tell_refusal();
  } else {
    other_.tell_failure(opening.stream());
  }
  retire(opening);
  while (Exchange* const exchange = opening.next()) exchange->on_connect_failed(context_.now());
}

void H2ServerPool::tell_refusal() {
  const auto held_back = backend_.repeats.pass(context_.now());
  if (!held_back) return;
  context_.log.warning("h2-not-spoken", server_.name,
                       base::concat("the server does not agree to HTTP/2 (ALPN)",
                                    *held_back == 0 ? "" : " (and others before)"));
}

bool H2ServerPool::keeps(const H2ServerConnection& connection) const {
  if (!other_.keeps()) return false;
  return !other_.is_shared() ? connection.owner != nullptr
                             : idle_count() <= settings_.max_idle_connections;
}

std::size_t H2ServerPool::idle_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      connections_, [](const auto& connection) { return connection->is_idle(); }));
}

std::size_t H2ServerPool::proven_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(connections_, [](const auto& connection) {
    return connection->is_idle() && connection->is_proven();
  }));
}

void H2ServerPool::forget(const ClientSide& client) {
  for (auto at = connections_.begin(); at != connections_.end();) {
    H2ServerConnection& connection = **at++;
    if (connection.owner != &client) continue;
    connection.owner = nullptr;
    connection.leave();
  }
}

void H2ServerPool::close_idle() {
  for (auto at = connections_.begin(); at != connections_.end();) {
    H2ServerConnection& connection = **at++;
    if (connection.is_idle()) retire(connection);
  }
}

void H2ServerPool::retire(H2ServerConnection& connection) {
  if (connection.is_over()) return;
  connection.silence();
  dead_.splice(dead_.end(), connections_, connection.place);
  context_.work.add(reap_task_);
}

void H2ServerPool::retire(ServerOpening& opening) {
  if (opening.is_over()) return;
  opening.silence();
  over_.splice(over_.end(), openings_, opening.place);
  context_.work.add(reap_task_);
}

void H2ServerPool::reap() noexcept {
  dead_.clear();
  over_.clear();
}

}  // namespace hapair::lb
