// A backend with the connections to its servers: where exchanges get theirs from, and who waits for
// a server is called when one has room.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "liblb/core/backend.hpp"
#include "liblb/core/outlier_detector.hpp"
#include "liblb/core/rate_limiter.hpp"
#include "liblb/core/rules/rule_list.hpp"
#include "liblb/io/connection_pool.hpp"
#include "liblb/io/hmac_mac.hpp"
#include "liblb/io/server_observer.hpp"

namespace hapair::lb {

class BackendDriver final : public Connector,
                            private QueueKeeper,
                            private BackendWatch,
                            private PersistenceHost {
 public:
  /// `index`: its own among the engine's backends.
  /// `before`: the same of the generation before, whose figures it goes on with, and which hears of
  /// its servers' health, and of those removed, as long as it is there; null: there was none.
  BackendDriver(Context& context, BackendSettings settings, std::size_t index,
                const std::shared_ptr<BackendDriver>& before = nullptr);

  /// May be null; outlives the driver.
  void set_observer(ServerObserver* observer) { observer_ = observer; }

  [[nodiscard]] Backend& backend() { return backend_; }
  [[nodiscard]] const Backend& backend() const { return backend_; }
  [[nodiscard]] std::size_t idle_connections(std::size_t server) const {
    return pools_.at(server)->idle_count();
  }

  /// Some server may be spoken to in HTTP/2.
  [[nodiscard]] bool speaks_http2() const { return speaks_http2_; }
  [[nodiscard]] const H2Counters& http2() const { return http2_.counters; }
  [[nodiscard]] H2Counters& http2() { return http2_.counters; }

  /// Kept connections that were used again before.
  [[nodiscard]] std::size_t proven_connections(std::size_t server) const {
    return pools_.at(server)->proven_count();
  }

  /// It has another place among the engine's backends.
  void renumber(std::size_t index) { index_ = index; }

  /// Connections to the server are under TLS.
  void use_tls(std::size_t server, std::shared_ptr<tls::ClientContext> tls) {
    pools_.at(server)->use_tls(std::move(tls));
  }
  /// A connection to the server has failed: see ConnectionPool::tell_failure().
  void tell_failure(std::size_t server, const ServerStream& stream) {
    pools_.at(server)->tell_failure(stream);
  }
  /// Null: they are plain.
  [[nodiscard]] tls::ClientContext* tls(std::size_t server) const {
    return pools_.at(server)->tls();
  }

  /// Absent: there is no limit.
  [[nodiscard]] std::optional<RateLimiter>& rate_limiter() { return *rate_limiter_; }
  [[nodiscard]] const std::optional<RateLimiter>& rate_limiter() const { return *rate_limiter_; }
  /// Mode tcp: the connection is one too many of its client's.
  [[nodiscard]] bool refuses_connection(const base::IpAddress& client) {
    return *rate_limiter_ && (*rate_limiter_)->refuses_connection(client, context_.now());
  }
  /// What its requests go through behind the rules of their frontend; null: nothing.
  [[nodiscard]] const rules::RuleList* rules() const { return rules_.get(); }
  void use_rules(std::unique_ptr<const rules::RuleList> rules) { rules_ = std::move(rules); }

  /// It is in no generation to come: nobody hears of it any more, and it keeps no connections.
  void retire() {
    observer_ = nullptr;
    retired_ = true;
    for (std::size_t i = 0; i < pools_.size(); ++i) update_keeping(i);
  }
  void set_health(std::size_t server, ServerHealth health, base::Instant now);
  /// What is due by now: shares that grow, servers to be compared.
  void advance(base::Instant now);
  void close_idle() {
    for (const auto& pool : pools_) pool->close_idle();
  }

  /// Returns the server's place. `tls` as in use_tls(), or null.
  std::size_t add_server(ServerSettings settings, std::shared_ptr<tls::ClientContext> tls);
  /// What runs there goes on; connections are not kept any more. In the generation before likewise.
  void remove_server(std::size_t server);

  /// The client has no further requests: connections that only it may use are closed.
  void forget(const ClientSide& client) {
    if (shares_connections() && !context_.reserves_connections) return;
    for (const auto& pool : pools_) pool->forget(client);
  }

  [[nodiscard]] std::optional<std::size_t> reserved_at(const ClientSide& client) const override;

  [[nodiscard]] std::expected<ServerSide*, ConnectFailure> connect(Exchange& exchange,
                                                                   std::size_t server,
                                                                   const Wanted& wanted) override {
    return pools_.at(server)->acquire(exchange, wanted);
  }

 private:
  /// Waiters that get their turn before others do their work; sessions that are ended, likewise.
  static constexpr unsigned kTurnsAtOnce = 8;
  static constexpr unsigned kEndsAtOnce = 32;

  [[nodiscard]] bool shares_connections() const {
    return backend_.settings().reuse != ReuseMode::kNever && !backend_.sends_proxy();
  }
  [[nodiscard]] std::unique_ptr<ConnectionPool> make_pool(std::size_t server);
  /// Connections wait for a next exchange only where there may be one.
  void update_keeping(std::size_t server);
  /// The loop's, moved on as the engine's time was.
  [[nodiscard]] base::WallTime wall_now() const override;
  [[nodiscard]] const Mac& mac() const override { return mac_; }
  void on_room() override { context_.work.add(queue_task_); }
  void serve_queue() noexcept {
    if (backend_.serve_queue(context_.now(), kTurnsAtOnce)) on_room();
  }
  void on_error_limit(std::size_t server, Met last) override;
  void on_panic(bool begins) override;
  void on_marked_down(std::size_t server) override;
  void report_errors() noexcept;
  void end_sessions() noexcept;
  void on_timer() noexcept { advance(context_.now()); }
  void arm(base::Instant now);
  void compare(base::Instant now);

  Context& context_;
  HmacMac mac_;
  Backend backend_;
  std::shared_ptr<std::optional<RateLimiter>> rate_limiter_;  ///< of all with the same limits
  BackendH2 http2_;
  std::weak_ptr<BackendDriver> before_;
  bool speaks_http2_ = false;
  bool retired_ = false;
  std::size_t index_;
  std::unique_ptr<const rules::RuleList> rules_;
  ServerObserver* observer_ = nullptr;
  std::vector<std::unique_ptr<ConnectionPool>> pools_;  ///< by the servers' places
  Task queue_task_;
  Task errors_task_;
  Task ends_task_;
  std::vector<std::optional<Met>> errors_;  ///< by server: too many in a row, not reported yet
  std::optional<OutlierDetector> outliers_;
  event::Timer timer_;  ///< of what advance() does
};

}  // namespace hapair::lb
