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
#include "liblb/core/h2_counters.hpp"
#include "liblb/io/client.hpp"
#include "liblb/io/frontend.hpp"
#include "liblb/io/h2_endpoint.hpp"
#include "liblb/io/h2_stream.hpp"
#include "liblb/io/session.hpp"

namespace hapair::lb {

class H2Session final : public Session, public H2Endpoint {
 public:
  H2Session(Context& context, Frontend& frontend, Listener& listener, Client client);
  ~H2Session() override;

  [[nodiscard]] bool start() override;
  void reset() override;
  void drain() override;
  void end_if_idle() override {
    if (streams_.empty()) leave();
  }
  void end() override;
  [[nodiscard]] const base::Endpoint& client() const override { return client_; }
  void describe(SessionView& view, base::Instant now) const override;
  [[nodiscard]] bool uses(std::string_view backend, std::string_view server) const override;

  // For its streams:
  [[nodiscard]] Frontend& frontend() { return frontend_; }
  [[nodiscard]] const std::string& client_address() const { return client_address_; }
  /// What servers are told of the client's certificate; null: nothing.
  [[nodiscard]] const CertificateFields* certificate() const {
    return frontend_.fields_for(certificate_);
  }
  [[nodiscard]] const rules::ConnectionFacts& connection_facts();
  /// Absent for Unix sockets.
  [[nodiscard]] const ClientEnds* ends();
  /// True for the first call.
  [[nodiscard]] bool take_first_request() { return !std::exchange(requested_, true); }
  /// 16 random bytes in base64.
  [[nodiscard]] std::string make_websocket_key();
  /// Whether the stream's exchange may begin in this turn; else it is settled again in the next.
  [[nodiscard]] bool may_begin(H2Stream& stream);
  /// The stream is over. It is not destroyed within this call.
  void release(H2Stream& stream);

 private:
  enum class State : std::uint8_t {
    kOpen,
    kAnnounced,  ///< no new streams are wanted, but those on their way are taken
    kLeaving,    ///< no new streams are taken
    kLinger,     ///< we have finished; the client may still be sending
    kClosed,
  };
  /// Requests begun in one turn before others get theirs.
  static constexpr unsigned kRequestsPerTurn = 16;

  // http::H2ConnectionHandler
  http::H2StreamHandler* on_stream(http::StreamId id) override;
  void on_frame(http::H2Frame frame) override;
  void on_ping_answer() override;
  void on_reset_sent(http::H2Error error) override;
  void on_fault(http::H2Error error, std::string_view why) override;
  void on_goaway(http::StreamId /*last*/, http::H2Error /*error*/) override {}

  // H2Endpoint
  [[nodiscard]] bool active() const override {
    return state_ != State::kLinger && state_ != State::kClosed;
  }
  [[nodiscard]] bool listens() const override { return !faulty_ && deferred_.empty(); }
  [[nodiscard]] bool has_streams() const override { return !streams_.empty(); }
  void on_turn() override;
  void on_inactive_turn() override;
  void on_received(std::size_t bytes) override;
  void wake_streams() override;
  void on_turn_end() override;
  void on_broken() override { lose(); }
  void tell_flood(H2Flood kind) override;

  void on_timeout() noexcept;
  void check_end();
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

  Frontend& frontend_;
  base::Random random_;
  event::WheelTimer timer_;
  std::vector<std::unique_ptr<H2Stream>> streams_;
  std::vector<std::unique_ptr<H2Stream>> over_;  ///< to be given back
  std::vector<H2Stream*> deferred_;              ///< begin in the next turn
  base::Endpoint client_;
  std::string client_address_;
  std::optional<base::Endpoint> destination_;  ///< as a proxy before us has told
  std::optional<ClientEnds> ends_;
  std::unique_ptr<const CertificateFields> certificate_;  ///< its own; see Client
  const tls::TlsStream* tls_;                             ///< see Client
  std::unique_ptr<const rules::ConnectionFacts> facts_;   ///< once rules have asked
  base::Instant accepted_;
  base::Instant idle_since_;
  base::Instant leaving_since_{};
  unsigned turn_requests_ = 0;
  std::uint64_t counted_ = 0;  ///< of what was written
  State state_ = State::kOpen;
  bool requested_ = false;  ///< a first request has come
  bool faulty_ = false;     ///< we end the connection for a fault of the client
};

}  // namespace hapair::lb
