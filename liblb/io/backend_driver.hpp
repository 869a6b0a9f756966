// A backend with the connections to its servers: where exchanges get theirs from, and who waits for
// a server is called when one has room.
#pragma once

#include <deque>

#include "liblb/core/backend.hpp"
#include "liblb/io/connection_pool.hpp"

namespace hapair::lb {

class BackendDriver final : public Connector, private QueueKeeper {
 public:
  BackendDriver(Context& context, BackendSettings settings)
      : context_(context),
        backend_(std::move(settings), context.now()),
        queue_task_(event::Callback<>::to<&BackendDriver::serve_queue>(this)) {
    backend_.set_queue_keeper(this);
    for (std::size_t i = 0; i < backend_.size(); ++i) {
      pools_.emplace_back(context, backend_.settings(), backend_.server(i).settings(), http2_);
      speaks_http2_ = speaks_http2_ || backend_.server(i).settings().protocols.http2;
    }
  }

  [[nodiscard]] Backend& backend() { return backend_; }
  [[nodiscard]] const Backend& backend() const { return backend_; }
  [[nodiscard]] std::size_t idle_connections(std::size_t server) const {
    return pools_.at(server).idle_count();
  }

  /// Some server may be spoken to in HTTP/2.
  [[nodiscard]] bool speaks_http2() const { return speaks_http2_; }
  [[nodiscard]] const H2Counters& http2() const { return http2_.counters; }

  /// Kept connections that were used again before.
  [[nodiscard]] std::size_t proven_connections(std::size_t server) const {
    return pools_.at(server).proven_count();
  }

  /// Connections to the server are under TLS; the context outlives the engine.
  void use_tls(std::size_t server, tls::ClientContext& tls) { pools_.at(server).use_tls(tls); }
  /// Null: they are plain.
  [[nodiscard]] tls::ClientContext* tls(std::size_t server) const {
    return pools_.at(server).tls();
  }

  void set_health(std::size_t server, ServerHealth health, base::Instant now) {
    const Standing standing = health.standing;
    const bool takes = standing == Standing::kUp || standing == Standing::kLastResort;
    pools_.at(server).keep(takes);
    backend_.set_health(server, std::move(health), now);
  }
  void close_idle() {
    for (ConnectionPool& pool : pools_) pool.close_idle();
  }

  /// The client has no further requests: connections that only it may use are closed.
  void forget(const ClientSide& client) {
    if (backend_.settings().reuse != ReuseMode::kNever && !backend_.sends_proxy()) return;
    for (ConnectionPool& pool : pools_) pool.forget(client);
  }

  [[nodiscard]] std::expected<ServerSide*, ConnectFailure> connect(Exchange& exchange,
                                                                   std::size_t server,
                                                                   const Wanted& wanted) override {
    return pools_.at(server).acquire(exchange, wanted);
  }

 private:
  /// Waiters that get their turn before others do their work.
  static constexpr unsigned kTurnsAtOnce = 8;

  void on_room() override { context_.work.add(queue_task_); }
  void serve_queue() noexcept {
    if (backend_.serve_queue(context_.now(), kTurnsAtOnce)) on_room();
  }

  Context& context_;
  Backend backend_;
  BackendH2 http2_;
  bool speaks_http2_ = false;
  std::deque<ConnectionPool> pools_;
  Task queue_task_;
};

}  // namespace hapair::lb
