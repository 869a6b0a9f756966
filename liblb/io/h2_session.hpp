// One HTTP/2 client connection (RFC 9113): its streams, their share of the loop's turns, and its
// end: by GOAWAY in two steps, by a fault of the client, or when it falls silent.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/random.hpp"
#include "common/event/timer_wheel.hpp"
#include "common/http/h2_connection.hpp"
#include "common/net/byte_stream.hpp"
#include "liblb/core/h2_counters.hpp"
#include "liblb/core/h2_flood_guard.hpp"
#include "liblb/io/client.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/frontend.hpp"
#include "liblb/io/h2_output.hpp"
#include "liblb/io/h2_stream.hpp"
#include "liblb/io/session.hpp"

namespace hapair::lb {

class H2Session final : public Session,
                        private http::H2ConnectionHandler,
                        private net::StreamHandler {
 public:
  H2Session(Context& context, Frontend& frontend, Listener& listener, Client client);
  ~H2Session() override;

  [[nodiscard]] bool start() override;
  void reset() override;
  void drain() override;

  // For its streams:
  [[nodiscard]] Context& context() { return context_; }
  [[nodiscard]] Frontend& frontend() { return frontend_; }
  [[nodiscard]] http::H2Connection& connection() { return connection_; }
  [[nodiscard]] const base::Endpoint& client() const { return client_; }
  [[nodiscard]] const std::string& client_address() const { return client_address_; }
  /// Absent for Unix sockets.
  [[nodiscard]] const ClientEnds* ends();
  /// True for the first call.
  [[nodiscard]] bool take_first_request() { return !std::exchange(requested_, true); }
  /// 16 random bytes in base64.
  [[nodiscard]] std::string make_websocket_key();
  /// Responses find no room for now.
  [[nodiscard]] bool output_blocked() const { return output_.blocked() || output_.failed(); }
  /// Gathers what was submitted.
  void gather();
  /// Sends what was gathered, at the end of the turn.
  void flush_soon();
  /// The stream's settle() is to be called, soon.
  void touch(H2Stream& stream);
  /// The stream is over. It is not destroyed within this call.
  void release(H2Stream& stream);
  [[nodiscard]] Task& task() { return task_; }

 private:
  enum class State : std::uint8_t {
    kOpen,
    kAnnounced,  ///< no new streams are wanted, but those on their way are taken
    kLeaving,    ///< no new streams are taken
    kLinger,     ///< we have finished; the client may still be sending
    kClosed,
  };
  /// Bytes read in one turn before others get theirs.
  static constexpr std::size_t kBytesPerTurn = 256 * 1024;

  // http::H2ConnectionHandler
  http::H2StreamHandler* on_stream(http::StreamId id) override;
  void on_window() override { wake_ = true; }
  void on_frame(http::H2Frame frame) override;
  void on_ping_answer() override;
  void on_reset_sent(http::H2Error error) override;
  void on_fault(http::H2Error error, std::string_view why) override;
  void on_goaway(http::StreamId /*last*/, http::H2Error /*error*/) override {}

  void on_stream_ready() noexcept override { run(); }
  void on_task() noexcept { run(); }
  void on_flush() noexcept;
  void on_timeout() noexcept;

  void run();
  /// Each returns whether the turn goes on.
  bool read();
  bool settle_streams();
  void wake_streams();
  void send();
  void check_end();
  void admit(H2Flood kind);
  void end_flood(H2Flood kind);
  void leave();
  void leave_for_good();
  /// The client is gone.
  void lose_streams(bool killed);
  void lose();
  void linger();
  void discard_input();
  void close();
  void recycle();
  void arm_timer();
  [[nodiscard]] std::optional<base::Instant> next_deadline() const;
  void count_written();

  Context& context_;
  Frontend& frontend_;
  std::unique_ptr<net::ByteStream> stream_;
  http::H2Connection connection_;
  H2Output output_;
  H2FloodGuard guard_;
  base::Random random_;
  Buffer input_;
  event::WheelTimer timer_;
  Task task_;
  Task flush_task_;
  std::vector<std::unique_ptr<H2Stream>> streams_;
  std::vector<std::unique_ptr<H2Stream>> over_;  ///< to be given back
  std::vector<H2Stream*> touched_;
  std::vector<H2Stream*> holding_;  ///< whose bodies lie in input_
  base::Endpoint client_;
  std::string client_address_;
  std::optional<base::Endpoint> destination_;  ///< as a proxy before us has told
  std::optional<ClientEnds> ends_;
  base::Instant accepted_;
  base::Instant last_received_;
  base::Instant idle_since_;
  base::Instant head_since_{};
  base::Instant leaving_since_{};
  std::size_t turn_bytes_ = 0;
  std::uint64_t counted_ = 0;  ///< of what was written
  State state_ = State::kOpen;
  bool in_head_ = false;     ///< a head has begun and is not complete
  bool pinged_ = false;      ///< a PING waits for its answer
  bool in_library_ = false;  ///< receive() is on the call stack
  bool requested_ = false;   ///< a first request has come
  bool wake_ = false;        ///< streams that wait may go on
  bool flooded_ = false;     ///< a flood was noticed
  bool faulty_ = false;      ///< we end the connection for a fault of the client
};

}  // namespace hapair::lb
