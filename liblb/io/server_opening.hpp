// A connection to a server on its way, where only its end tells which version of HTTP it is for.
// Exchanges wait for it, one or several. Owned by its H2ServerPool, which destroys it outside its
// own callbacks.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string_view>
#include <utility>

#include "common/base/result.hpp"
#include "common/net/byte_stream.hpp"
#include "liblb/core/exchange.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/server_stream.hpp"

namespace hapair::lb {

class H2ServerPool;

class ServerOpening final : private net::StreamHandler {
 public:
  using List = std::list<std::unique_ptr<ServerOpening>>;

  /// `client`: who alone may use the connection; null: all may.
  ServerOpening(Context& context, H2ServerPool& pool, ServerStream stream, SendProxy send_proxy,
                const ClientSide* client);
  ~ServerOpening();

  [[nodiscard]] base::Result<void> start() { return stream_->start(*this); }
  /// The exchange waits too.
  [[nodiscard]] ServerSide& add(Exchange& exchange);
  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  [[nodiscard]] base::Instant begun() const { return begun_; }
  [[nodiscard]] const ClientSide* client() const { return client_; }

  // From the pool, once it is over:
  /// The first that still waits; nullptr: nobody does.
  [[nodiscard]] Exchange* next();
  [[nodiscard]] bool refused_protocols() const {
    return stream_.held() && stream_.refused_protocols();
  }
  [[nodiscard]] const ServerStream& stream() const { return stream_; }
  [[nodiscard]] ServerStream release() { return std::move(stream_); }
  void silence();
  [[nodiscard]] bool is_over() const { return over_; }

  List::iterator place;  ///< where the pool keeps it

 private:
  class Waiter final : public ServerSide {
   public:
    Waiter(ServerOpening& opening, Exchange& exchange, bool first)
        : opening_(opening), exchange_(&exchange), first_(first) {}

    [[nodiscard]] bool ready() const override { return false; }
    [[nodiscard]] bool reused() const override { return !first_; }
    [[nodiscard]] bool send_head(const http::RequestHead& /*head*/,
                                 const http::RequestPlan& /*plan*/) override {
      return false;
    }
    [[nodiscard]] std::size_t send_body(Pieces /*pieces*/, bool /*end*/) override { return 0; }
    void set_trailers(std::string_view /*lines*/) override {}
    void flush() override {}
    void resume_response() override {}
    void abandon() override;

    /// It waits no more.
    [[nodiscard]] Exchange* take() { return std::exchange(exchange_, nullptr); }
    [[nodiscard]] const Exchange* exchange() const { return exchange_; }

   private:
    ServerOpening& opening_;
    Exchange* exchange_;
    bool first_;
  };

  void on_stream_ready() noexcept override;
  void on_abandoned();

  Context& context_;
  H2ServerPool& pool_;
  ServerStream stream_;
  std::list<Waiter> waiters_;
  std::size_t waiting_ = 0;
  SendProxy send_proxy_;
  const ClientSide* client_;
  base::Instant begun_;
  bool over_ = false;
};

}  // namespace hapair::lb
