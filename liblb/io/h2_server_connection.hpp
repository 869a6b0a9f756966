// One HTTP/2 connection to a server (RFC 9113): the streams of the exchanges that it carries, and
// its end: when it is not needed any more, when the server says that it takes no more (GOAWAY),
// when it breaks the rules or falls silent. Owned by its H2ServerPool, which destroys it outside
// its own callbacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "common/event/timer_wheel.hpp"
#include "liblb/io/h2_endpoint.hpp"
#include "liblb/io/h2_server_stream.hpp"

namespace hapair::lb {

class H2ServerPool;

class H2ServerConnection final : public H2Endpoint {
 public:
  using List = std::list<std::unique_ptr<H2ServerConnection>>;

  /// The stream is open.
  H2ServerConnection(Context& context, H2ServerPool& pool, std::unique_ptr<net::ByteStream> stream);
  ~H2ServerConnection();

  void start();
  /// Takes an exchange more; it has_room().
  [[nodiscard]] ServerSide& begin(Exchange& exchange);
  [[nodiscard]] bool has_room() const;
  /// Looks whether a connection that carries nothing still stands; else it has no room any more.
  [[nodiscard]] bool still_stands();
  /// Carries nothing, and may.
  [[nodiscard]] bool is_idle() const { return state_ == State::kOpen && streams_.empty(); }
  [[nodiscard]] bool is_over() const { return state_ == State::kOver; }
  /// It carried more than one exchange.
  [[nodiscard]] bool is_proven() const { return carried_ > 1; }
  /// The server is known to take WebSockets.
  [[nodiscard]] bool takes_websockets() const { return connection_.peer_takes_protocols(); }
  [[nodiscard]] base::Instant begun() const { return begun_; }
  /// Takes no further exchanges, and ends with the last.
  void leave();
  /// From the pool, of one that carries nothing: silence until it is destroyed.
  void silence();

  // For its streams:
  [[nodiscard]] const ServerSettings& server() const;
  [[nodiscard]] std::string_view scheme() const;
  /// Requests may be begun, and bytes sent.
  [[nodiscard]] bool speaks() const { return state_ == State::kOpen; }
  [[nodiscard]] bool lives() const { return state_ == State::kOpen || state_ == State::kLeaving; }
  [[nodiscard]] bool server_is_known() const { return connection_.peer_is_known(); }
  /// For a position in what is sent: how far gathering has come, and sending.
  [[nodiscard]] std::uint64_t gathered() const { return output_.bytes_gathered(); }
  [[nodiscard]] std::uint64_t written() const { return output_.bytes_written(); }
  /// The response of one was malformed.
  void note_stream_error();
  /// The server has not looked at one.
  void note_refusal();
  /// The stream is over. It is not destroyed within this call.
  void release(H2ServerStream& stream);

  // The pool's own notes.
  const ClientSide* owner = nullptr;  ///< who alone may use it; absent where all may
  List::iterator place;

 private:
  enum class State : std::uint8_t {
    kOpen,
    kLeaving,  ///< takes no further exchanges
    kBroken,   ///< the transport has ended; what came before is still passed on
    kOver,
  };

  // http::H2ConnectionHandler
  http::H2StreamHandler* on_stream(http::StreamId /*id*/) override { return nullptr; }
  void on_frame(http::H2Frame frame) override;
  void on_ping_answer() override { pinged_ = false; }
  void on_reset_sent(http::H2Error /*error*/) override {}
  void on_fault(http::H2Error error, std::string_view why) override;
  void on_goaway(http::StreamId last, http::H2Error error) override;

  // H2Endpoint
  [[nodiscard]] bool active() const override { return state_ != State::kOver; }
  [[nodiscard]] bool listens() const override { return lives() && !faulty_; }
  [[nodiscard]] bool has_streams() const override { return !streams_.empty(); }
  void on_turn() override { recycle(); }
  void on_received(std::size_t /*bytes*/) override {}
  void wake_streams() override;
  void on_turn_end() override;
  void on_broken() override { break_off({}); }
  void tell_flood(H2Flood kind) override;

  void on_timeout() noexcept;
  /// Something that the operator of the server should hear of.
  void tell(std::string_view id, std::string_view what);
  /// Nothing more is sent or read. What has come whole is still passed on, as slowly as its client
  /// takes it. `loss`: of what the server had, and has not begun to answer.
  void break_off(std::optional<ServerLoss> loss);
  void lose_streams(std::optional<ServerLoss> loss);
  void recycle();
  void arm_timer();
  [[nodiscard]] std::optional<base::Instant> next_deadline() const;

  H2ServerPool& pool_;
  event::WheelTimer timer_;
  std::vector<std::unique_ptr<H2ServerStream>> streams_;
  std::vector<std::unique_ptr<H2ServerStream>> over_;  ///< to be given back
  base::Instant begun_;
  base::Instant idle_since_;
  std::uint64_t carried_ = 0;  ///< exchanges
  State state_ = State::kOpen;
  bool server_was_known_ = false;
  bool faulty_ = false;  ///< we end the connection for a fault of the server
};

}  // namespace hapair::lb
