// One request and its response between a client and a server of a backend, whatever the HTTP
// versions and transports: choice of server, retries, time-outs, what each failure means for the
// client (RFC 9110, section 15.6), and what is counted. Pure: events and time come in, calls go out
// to the two sides.
//
//   kConnecting -> kRequest -> kResponse -> kOver
//     |  ^   ^        | |          |         ^
//     v  |   |        | v          |         |
//   kPause kQueued    | kTunnel ---(---------+
//                     v            +-> cut: the client sees that the response is not whole
//                   error page (502, 503, 504, 408, 413)
//
// A response that switches to another protocol (RFC 9110, section 7.8) or answers CONNECT makes a
// tunnel: both bodies then are bytes as they come, and each ends with a FIN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/time.hpp"
#include "common/http/field_edits.hpp"
#include "common/http/upgrade.hpp"
#include "liblb/core/backend.hpp"
#include "liblb/core/certificate_fields.hpp"
#include "liblb/core/exchange_sides.hpp"
#include "liblb/core/forwarding.hpp"
#include "liblb/core/kept_body.hpp"

namespace hapair::lb {

/// How a server's side came to its end before the response did.
enum class ServerLoss : std::uint8_t {
  kUntouched,  ///< the connection died before it took a byte of the request
  kSilent,     ///< it died before the first byte of the response
  kBroken,     ///< it died within the response
  kMalformed,  ///< the response breaks the rules of HTTP
  kRefused,    ///< the server says that it has not looked at the request
  kUnable,     ///< the server's version of HTTP has no way to do what the request asks for
};

/// In place of the backend's own; 0: as the backend has it.
struct ExchangeTimeouts {
  base::Duration connect{0};
  base::Duration queue{0};
  base::Duration server{0};
};

/// What was decided about a request before its exchange begins.
struct ExchangeTerms {
  bool body_follows = false;
  bool first_request = true;   ///< of its client's connection
  std::size_t head_bytes = 0;  ///< size of the request head, for the counters
  std::uint64_t max_body_bytes = UINT64_MAX;
  base::Duration client_timeout = std::chrono::seconds(50);
  base::Duration client_fin_timeout = std::chrono::seconds(30);
  ExchangeTimeouts timeouts{};
  std::optional<std::size_t> server{};  ///< of the backend, where it is usable; absent: it chooses
  int priority = 0;                     ///< the lowest goes first where it waits for a server
  bool upgrade = false;                 ///< the request offers another protocol, and may
  bool close_server = false;            ///< the server's connection serves this exchange only
  bool secure = false;                  ///< the client came by https
  base::IpAddress source{};             ///< the client's, as far as anybody can tell
  std::string_view client_address{};    ///< of its connection; outlives the exchange
  const ClientEnds* ends = nullptr;  ///< for servers that are told of them; outlives the exchange
  /// What servers are told of the client's certificate; null: nothing. Outlives the exchange.
  const CertificateFields* certificate = nullptr;
  /// How the request was told where it comes from; may be null. Outlives the exchange.
  const Forwarding* forwarding = nullptr;
};

/// For the access log: what became of the exchange, in the terms of HAProxy's httplog.
struct ExchangeReport {
  base::Instant started{};  ///< the request head was complete, and nobody had to be asked any more
  /// Waited for a server with room, up to its turn; absent: it got neither a turn nor a server.
  std::optional<base::Duration> queue_time;
  std::optional<base::Instant> waits_since;  ///< it waits, or was waiting when it ended
  std::size_t queue_place = 0;  ///< where its last wait began, from 1; 0: it never waited
  std::optional<base::Instant> connected;  ///< a server connection stood
  std::optional<base::Instant> responded;  ///< the response head was there
  std::optional<std::size_t> server;
  int status = 0;                ///< 0: nothing could be sent
  std::uint64_t body_bytes = 0;  ///< of the response, as the client accepted them
  unsigned retries = 0;
  bool redispatched = false;
  char cause = '-';          ///< first character of the termination state
  char phase = '-';          ///< second
  char cookie = '-';         ///< third: what the client's was
  char cookie_action = '-';  ///< fourth: what was done to it
};

class Exchange final : private Waiter, private ServerSession {
 public:
  /// All references outlive the exchange; so do the bytes the request head points to.
  Exchange(ClientSide& client, Backend& backend, Connector& connector,
           const http::RequestHead& request, const ExchangeTerms& terms);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void start(base::Instant now);

  // The client's side tells:
  /// Returns how many bytes were accepted; the end is accepted with the last byte.
  [[nodiscard]] std::size_t on_request_body(Pieces pieces, bool end, base::Instant now);
  /// The same for payload in a pipe; only while server_takes_pipes().
  [[nodiscard]] std::size_t on_request_piped(const PipedBytes& bytes, bool end, base::Instant now);
  [[nodiscard]] bool server_takes_pipes() const { return head_sent_ && side_->takes_pipes(); }
  /// The body's trailers; to be told before its end is.
  void on_request_trailers(std::string_view lines);
  /// No more of the request's body has come for now: what was sent must go out.
  void on_request_pause();
  /// All that was sent to the client has left; the response may go on.
  void on_client_ready(base::Instant now);
  /// The client is gone or broke the rules within its body. `status` answers it when that is still
  /// possible; 0: do not answer. No call to the client's side follows but end_exchange().
  void on_client_gone(int status);
  /// The client's connection is reset by us, as this node gives its address up.
  void on_killed();
  void on_deadline(base::Instant now);

  // The server's side tells:
  void on_connected(base::Instant now);
  /// Another object stands for the server's side from here on; before on_connected().
  void take_side(ServerSide& side) { side_ = &side; }
  void on_connect_failed(base::Instant now) { connect_failed('S', now); }
  /// False: the client has no room; offer the head again after resume_response(). Or the exchange
  /// has abandoned this side, to try again. The head is changed as response_edits() want it: it is
  /// offered again as it came.
  [[nodiscard]] bool on_response_head(http::ResponseHead& head, std::size_t head_bytes,
                                      const http::BodyFraming& body, base::Instant now);
  [[nodiscard]] std::size_t on_response_body(Pieces pieces, bool end, base::Instant now);
  /// The same for payload in a pipe; only while client_takes_pipes().
  [[nodiscard]] std::size_t on_response_piped(const PipedBytes& bytes, bool end, base::Instant now);
  [[nodiscard]] bool client_takes_pipes() const { return client_.takes_pipes(); }
  void on_response_trailers(std::string_view lines) { client_.set_trailers(lines); }
  void on_response_pause() { client_.flush(); }
  /// The whole response was accepted and the server's side has let go of the exchange.
  void on_response_complete(base::Instant now);
  void on_server_ready(base::Instant now);
  /// The server's side has let go of the exchange.
  void on_server_gone(ServerLoss loss, base::Instant now);
  /// What was wrong with the response, for the record; on_server_gone() follows.
  void note_malformed(const FaultPlace& place, base::WallTime now);

  /// The request opens a WebSocket, and may.
  [[nodiscard]] bool offers_websocket() const {
    return terms_.upgrade && http::offers_websocket(request_);
  }
  /// Whether a response with status 101 answers what was asked.
  [[nodiscard]] bool expects_switch(const http::ResponseHead& head) const {
    return terms_.upgrade && http::takes_offer(head, request_);
  }
  /// True until the request's last byte was passed on; with a tunnel, until the client has
  /// finished.
  [[nodiscard]] bool request_unfinished() const { return !request_ended_; }
  /// True while no server has the request.
  [[nodiscard]] bool waits_for_server() const {
    return phase_ == Phase::kQueued || phase_ == Phase::kConnecting || phase_ == Phase::kPause;
  }
  [[nodiscard]] const http::RequestHead& request() const { return request_; }
  [[nodiscard]] const ClientSide& client() const { return client_.identity(); }
  /// Once a server has it: how long nothing may come or go now.
  [[nodiscard]] base::Duration patience() const;
  /// The backend's; null: it has none.
  [[nodiscard]] const ErrorPages* error_pages() const {
    return backend_.settings().error_pages.get();
  }
  /// May be absent.
  [[nodiscard]] const ClientEnds* client_ends() const { return terms_.ends; }
  [[nodiscard]] const ExchangeReport& report() const { return report_; }
  [[nodiscard]] const Backend& backend() const { return backend_; }
  /// What the final head of the server's response becomes on its way to the client; to be told
  /// before it comes.
  [[nodiscard]] http::FieldEdits& response_edits() { return response_edits_; }
  /// It is over, and nobody asks for its report any more.
  void let_go_of_server() { hold_ = ServerHold(); }

 private:
  /// Of a request that servers refuse.
  static constexpr unsigned kMaxReplays = 4;
  /// A head that is longer with what is added to it has no room in a buffer.
  static constexpr std::size_t kMaxEditedHead = 16 * 1024 + 512;

  enum class Phase : std::uint8_t {
    kQueued,
    kConnecting,
    kPause,
    kRequest,
    kResponse,
    kTunnel,
    kOver,
  };

  // The parts that payload in pieces and payload in a pipe have in common.
  [[nodiscard]] bool may_take_request(std::size_t bytes);
  std::size_t took_request(std::size_t accepted, std::size_t offered, bool end, base::Instant now);
  std::size_t took_response(std::size_t accepted, std::size_t offered, bool end, base::Instant now);

  void on_turn(base::Instant now) override;
  void on_server_down(base::Instant now) override;
  void note(Met met, base::Duration took = base::Duration(0)) {
    backend_.on_met(*report_.server, met, took);
  }
  void wait_for_turn(WaitQueue& queue, base::Instant now);
  void end_wait(base::Instant now);
  void attempt(std::optional<std::size_t> avoid, base::Instant now);
  /// False: it waits, or there is no server.
  [[nodiscard]] bool choose_server(std::optional<std::size_t> avoid, base::Instant now);
  // For clients that are kept on their servers (exchange_keeping.cpp):
  void look_where_it_belongs(base::Instant now);
  void edit_cookies(http::ResponseHead& head, std::size_t head_bytes, base::Instant now);
  /// The response that tells the client of its server was sent.
  void note_cookies();
  [[nodiscard]] Connector::Wanted wanted_connection();
  void send_request(base::Instant now);
  /// The frontend has written that field.
  [[nodiscard]] bool has_forwarded(std::string_view name) const {
    return terms_.forwarding != nullptr && terms_.forwarding->writes(name);
  }
  /// What a server before this one had of the body, and the rest behind it.
  void resend_body();
  /// What servers had of the body can be sent again.
  [[nodiscard]] bool all_is_kept() const { return request_bytes_ == kept_.bytes().size(); }
  void connect_failed(char cause, base::Instant now);
  /// RFC 9110, section 9.2.2: it may be sent again unasked, and nothing of it would be missing.
  [[nodiscard]] bool is_repeatable() const;
  [[nodiscard]] bool may_replay(ServerLoss loss) const;
  [[nodiscard]] bool has_tries() const;
  /// The request may be tried again although a server had it.
  [[nodiscard]] bool may_retry() const;
  [[nodiscard]] bool retries_on(ServerLoss loss) const;
  [[nodiscard]] bool retries_on_status(int status) const;
  void try_again(base::Instant now);
  void drop_server_side();
  void end_session();
  /// False: there is no room for what is to be added.
  [[nodiscard]] bool edit(http::ResponseHead& head, std::size_t head_bytes) const;
  void fail(int status, char cause);
  void answer(int status, char cause, char phase);
  /// The client has the whole of a response.
  void finish_whole();
  void finish(Ending ending);
  void record_total(base::Instant now);
  void touch(base::Instant now);
  /// A head waits for a buffer of the engine's.
  [[nodiscard]] bool lacks_buffer() const;
  [[nodiscard]] bool waits_for_client() const;
  [[nodiscard]] char phase_letter() const;
  [[nodiscard]] Server& server() { return backend_.server(*report_.server); }

  ClientSide& client_;
  Backend& backend_;
  Connector& connector_;
  const http::RequestHead& request_;
  ExchangeTerms terms_;
  ExchangeReport report_;
  http::FieldEdits response_edits_;
  std::optional<Affinity> affinity_;  ///< absent: the backend keeps no clients
  ServerHold hold_;                   ///< on the report's server
  ServerSide* side_ = nullptr;
  std::uint64_t request_bytes_ = 0;  ///< body bytes the server accepted
  KeptBody kept_;
  std::size_t resent_ = 0;  ///< bytes of what is kept, to the server of now
  base::Instant attempt_started_{};
  unsigned failed_tries_ = 0;
  Phase phase_ = Phase::kConnecting;
  bool head_sent_ = false;  ///< the request head is with the server's side
  bool request_ended_ = false;
  bool response_ended_ = false;    ///< of a tunnel: the server has finished
  bool awaits_continue_ = false;   ///< the client may be waiting for "100 Continue"
  bool request_blocked_ = false;   ///< the server took less than was offered
  bool response_blocked_ = false;  ///< the client took less than was offered
  unsigned replays_ = 0;
  base::Instant replayed_at_{};         ///< the last time
  bool replaying_ = false;              ///< what is kept goes before anything else
  bool had_turn_ = false;               ///< it got a server before
  bool in_session_ = false;             ///< it counts as one of the server's
  std::optional<std::uint64_t> key_{};  ///< by which its server is chosen
};

}  // namespace hapair::lb
