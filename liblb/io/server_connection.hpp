// One HTTP/1.1 connection to a server: carries one exchange after the other and waits in its pool
// between them. Owned by its ConnectionPool, which destroys it outside its own callbacks.
#pragma once

#include <cstdint>
#include <list>
#include <memory>

#include "common/base/result.hpp"
#include "common/event/timer_wheel.hpp"
#include "common/http/head_parser.hpp"
#include "liblb/core/exchange.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/h1_input.hpp"
#include "liblb/io/h1_writer.hpp"
#include "liblb/io/server_stream.hpp"

namespace hapair::lb {

class ConnectionPool;

class ServerConnection final : public ServerSide, private net::StreamHandler {
 public:
  using List = std::list<std::unique_ptr<ServerConnection>>;

  /// The stream is being opened.
  ServerConnection(Context& context, ConnectionPool& pool, ServerStream stream,
                   SendProxy send_proxy);
  ~ServerConnection();

  [[nodiscard]] base::Result<void> start() { return stream_->start(*this); }
  /// In place of start(): the stream is open, and has been told who the client is.
  void take_over();
  /// Takes the next exchange; the connection is new or waits in the pool.
  void assign(Exchange& exchange);
  /// Looks whether the waiting connection still stands: one system call.
  [[nodiscard]] bool still_stands();

  [[nodiscard]] bool ready() const override { return state_ == State::kBusy; }
  [[nodiscard]] bool reused() const override { return reused_; }
  [[nodiscard]] bool send_head(const http::RequestHead& head,
                               const http::RequestPlan& plan) override;
  [[nodiscard]] std::size_t send_body(Pieces pieces, bool end) override;
  [[nodiscard]] std::size_t send_piped(const PipedBytes& bytes, bool end) override;
  [[nodiscard]] bool takes_pipes() const override { return stream_->can_pipe(); }
  void set_trailers(std::string_view lines) override { writer_.set_trailers(lines); }
  void flush() override;
  void resume_response() override;
  void abandon() override;

  /// From the pool: waits for the next exchange, at most until `deadline`.
  void wait(base::Instant deadline);
  /// From the pool: silence until it is destroyed.
  void silence();

  // Where the pool keeps it; the pool's own notes.
  const ClientSide* owner = nullptr;  ///< who alone may use it; absent where all may
  List* home = nullptr;
  List::iterator place;

 private:
  enum class State : std::uint8_t { kConnecting, kBusy, kIdle, kDead };
  enum class Stage : std::uint8_t { kHead, kBody };
  /// Bytes read in one turn before others get theirs.
  static constexpr std::size_t kBytesPerTurn = 256 * 1024;
  /// Interim responses to one request; more are a malformed response.
  static constexpr unsigned kMaxInterim = 100;

  void on_stream_ready() noexcept override;
  void on_task() noexcept;
  void on_idle_timeout() noexcept;
  void on_connect_done();
  /// What goes before the first request; returns its length.
  [[nodiscard]] std::size_t write_greeting(std::span<std::uint8_t> room) const;
  void pump();
  /// Each returns whether the pump goes on.
  bool pump_head();
  bool pump_body();
  bool fill();
  H1Input::Fill fill_input();
  /// After `accepted` of `offered` bytes were passed on; returns whether the pump goes on.
  bool passed_on(std::size_t accepted, std::size_t offered);
  bool on_end_of_stream(bool clean);
  void complete();
  void lose(ServerLoss loss);
  /// The response breaks a rule, at an offset in what is unread.
  void lose_malformed(http::Fault fault, std::size_t at, bool body);
  void check_writer();
  [[nodiscard]] ServerLoss silent_loss() const;

  Context& context_;
  ConnectionPool& pool_;
  ServerStream stream_;
  H1Writer writer_;
  H1Input input_;
  http::ResponseParser parser_;
  Task task_;
  event::WheelTimer idle_timer_;
  Exchange* exchange_ = nullptr;
  std::uint64_t written_before_ = 0;
  std::size_t turn_bytes_ = 0;
  SendProxy send_proxy_;
  State state_ = State::kConnecting;
  Stage stage_ = Stage::kHead;
  bool reused_ = false;
  bool response_began_ = false;
  bool keep_ = false;            ///< the server lets the connection live on after this response
  bool waits_for_room_ = false;  ///< send_head() found no buffer
  bool response_done_ = false;   ///< of a tunnel: the server has finished, the client has not
  bool close_after_ = false;     ///< this exchange is the connection's last
  unsigned interim_count_ = 0;
};

}  // namespace hapair::lb
