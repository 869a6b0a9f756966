// One client connection in TCP mode: chooses a server or waits for one with room, connects with
// retries, and carries bytes both ways until both sides have finished. Half-closes are passed on.
#pragma once

#include <memory>
#include <optional>

#include "common/event/timer_wheel.hpp"
#include "liblb/io/client.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/frontend.hpp"
#include "liblb/io/server_stream.hpp"
#include "liblb/io/session.hpp"

namespace hapair::lb {

class TcpRelay final : public Session,
                       private Waiter,
                       private ServerSession,
                       private net::StreamHandler {
 public:
  TcpRelay(Context& context, Frontend& frontend, Listener& listener, Client client);
  ~TcpRelay() override;

  [[nodiscard]] bool start() override;
  void reset() override;
  void drain() override {}
  [[nodiscard]] const base::Endpoint& client() const override { return client_address_; }
  void describe(SessionView& view, base::Instant now) const override;
  [[nodiscard]] bool uses(std::string_view backend, std::string_view server) const override;

 private:
  enum class State : std::uint8_t { kQueued, kConnecting, kPause, kRelay, kClosed };
  /// How a turn of carrying bytes one way went.
  enum class Flow : std::uint8_t { kFine, kSenderLost, kReceiverLost };
  /// Each way, before others get their turn.
  static constexpr std::size_t kBytesPerTurn = 128 * 1024;
  /// A reset that came together with bytes gives no event of its own: it is looked for once, so
  /// long after the last bytes.
  static constexpr base::Duration kLookAfter = std::chrono::seconds(1);

  /// Bytes on their way from one side to the other.
  struct Lane {
    [[nodiscard]] bool waits() const { return begin < end || pipe.size() > 0; }
    /// Gives back what is empty, or drops what is not.
    void let_go();

    Buffer buffer;
    PooledPipe pipe;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint64_t bytes = 0;
    bool starved = false;   ///< there was no buffer for it
    bool bulk = false;      ///< so much comes at a time that it goes through the pipe
    bool ended = false;     ///< the sender has finished
    bool finished = false;  ///< and the receiver was told
  };

  void on_stream_ready() noexcept override { run(); }
  void on_task() noexcept { run(); }
  void on_timeout() noexcept;
  void run();

  void on_server_down(base::Instant now) override;
  void on_turn(base::Instant now) override;
  void wait_for_turn(WaitQueue& queue);
  void attempt(std::optional<std::size_t> avoid);
  void connect_to(std::size_t server);
  void on_connect_done();
  /// What tells the server whose the connection is, where it wants to know; returns its length.
  [[nodiscard]] std::size_t write_greeting(std::span<std::uint8_t> room) const;
  void connect_failed(char cause);
  [[nodiscard]] bool has_tries() const;
  void try_again();
  [[nodiscard]] Flow pump(net::ByteStream& from, net::ByteStream& to, Lane& lane);
  /// Reads once, into the pipe or the buffer.
  [[nodiscard]] net::IoResult fill(net::ByteStream& from, net::ByteStream& to, Lane& lane);
  /// False when the receiver's connection broke.
  [[nodiscard]] bool write_out(net::ByteStream& to, Lane& lane);
  void touch();
  /// How long nothing may pass now.
  [[nodiscard]] base::Duration patience() const;
  /// Nothing has passed for a while.
  void on_silence();
  void let_go_of_connection();
  void end_session();
  void count_transfer();
  void close(char cause, char phase);
  void log_access(char cause, char phase);
  [[nodiscard]] Backend& backend() const { return driver_.backend(); }

  Context& context_;
  Frontend& frontend_;
  BackendDriver& driver_;
  std::unique_ptr<net::ByteStream> client_;
  std::unique_ptr<const tls::ClientHello> hello_;  ///< where the frontend has looked into it
  std::optional<ServerStream> server_;
  Lane to_server_;
  Lane to_client_;
  event::WheelTimer timer_;
  Task task_;
  base::Endpoint client_address_;
  std::optional<base::Endpoint> destination_;  ///< as a proxy before us has told
  std::optional<std::size_t> server_index_;
  ServerHold hold_;                   ///< on that one
  std::optional<Affinity> affinity_;  ///< absent: the backend keeps no clients
  base::Instant accepted_{};
  base::Instant began_{};  ///< later, where the connection was looked into before
  base::Instant attempt_started_{};
  base::Instant wait_started_{};
  base::Duration queue_time_{0};  ///< before its turns
  std::size_t queue_place_ = 0;   ///< where its last wait began, from 1; 0: it never waited
  std::optional<base::Instant> connected_;
  unsigned failed_tries_ = 0;
  unsigned retries_ = 0;
  State state_ = State::kConnecting;
  base::Instant silence_ends_{};  ///< the connection with it
  bool looked_ = true;            ///< whether both sides still stand, since the last bytes
  bool had_turn_ = false;         ///< it got a server before
  bool in_session_ = false;       ///< it counts as one of the server's
  bool redispatched_ = false;
  std::optional<std::uint64_t> key_{};  ///< by which its server is chosen
  std::optional<std::size_t> named_;    ///< by a rule, before that
  int priority_;                        ///< where it waits for a server
  bool server_lost_ = false;            ///< it takes no more bytes, but may have sent some
};

}  // namespace hapair::lb
