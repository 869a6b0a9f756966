// One HTTP/1 client connection: reads requests, runs their exchanges one after the other (pipelined
// ones wait in order), keeps the connection alive between them (RFC 9112, section 9).
//
//   kIdle -> kHead -> kExchange -> kFlush -> kIdle, or kLinger when the connection ends
//                                    |        ^
//                                    +-> kDiscard: the rest of a body that no server wants
//
// kHead -> kTarpit -> kFlush where a rule wants an answer to be late; kHead -> kInquiry -> as
// before where one wants to know more than the request says.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/event/timer_wheel.hpp"
#include "common/http/reply.hpp"
#include "common/net/byte_stream.hpp"
#include "liblb/core/access_log.hpp"
#include "liblb/io/client.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/frontend.hpp"
#include "liblb/io/session.hpp"
#include "liblb/io/transaction.hpp"

namespace hapair::lb {

class H1Session final : public Session,
                        private RestKeeper,
                        private Asker,
                        private net::StreamHandler {
 public:
  H1Session(Context& context, Frontend& frontend, Listener& listener, Client client);
  ~H1Session() override;

  [[nodiscard]] bool start() override;
  void reset() override;
  void drain() override;
  void end_if_idle() override { drain(); }
  void end() override;
  [[nodiscard]] bool may_linger() const override { return true; }
  [[nodiscard]] const base::Endpoint& client() const override { return client_; }
  void describe(SessionView& view, base::Instant now) const override;
  [[nodiscard]] bool uses(std::string_view backend, std::string_view server) const override;

 private:
  enum class State : std::uint8_t {
    kIdle,
    kHead,
    kExchange,
    kFlush,
    kDiscard,
    kTarpit,
    kInquiry,
    kLinger,
    kClosed,
  };
  /// Work of one turn before others get theirs.
  static constexpr std::size_t kBytesPerTurn = 256 * 1024;
  static constexpr unsigned kRequestsPerTurn = 16;

  // ClientSide
  bool send_head(const http::ResponseHead& head, const http::BodyFraming& body) override;
  std::size_t send_body(Pieces pieces, bool end) override;
  std::size_t send_piped(const PipedBytes& bytes, bool end) override;
  void send_rest(std::string bytes) override;
  [[nodiscard]] bool takes_pipes() const override { return stream_->can_pipe(); }
  void set_trailers(std::string_view lines) override { transaction().writer->set_trailers(lines); }
  void flush() override;
  bool take_back_head() override;
  void send_error(int status) override;
  void resume_request() override { context_.work.add(task_); }
  void set_deadline(base::Instant deadline) override { context_.wheel.arm(timer_, deadline); }
  void end_exchange(Ending ending) override;

  void on_stream_ready() noexcept override;
  void on_task() noexcept { run(); }
  void on_timeout() noexcept;

  void run();
  void flush_writer();
  // What each state does; each returns whether run() goes on with the state that is then.
  bool read_head();
  /// Nothing of the request before, on this connection or another, is this one's.
  void begin_head();
  bool fill_head();
  bool begin_request(std::size_t head_bytes);
  /// What no rule answers: it is for a server, or for the statistics page.
  void serve_request();
  void start_exchange();
  /// The request is for a page that is made here, and waits for that. False: it is not.
  [[nodiscard]] bool visit_page();
  void answer_with_page();
  /// What the frontend's policy makes of the head. False: there is no room for it.
  [[nodiscard]] bool shape();
  /// The frontend's policy answers in a server's place. False: it does not.
  [[nodiscard]] bool answer_here();
  /// Of a response made here.
  [[nodiscard]] http::ErrorTerms error_terms(int status);
  /// Whose the request is.
  [[nodiscard]] RequestOrigin origin();
  /// Who has heard the request's rules; null: there are none.
  [[nodiscard]] const rules::Judge* judge();
  /// May be null.
  [[nodiscard]] const RequestPolicy* policy() const { return frontend_.settings().policy.get(); }
  /// Null for Unix sockets.
  [[nodiscard]] const ClientEnds* ends() override;
  /// `destination`: where the client connected to, if a proxy has told.
  void note_ends(const std::optional<base::Endpoint>& destination);
  /// Takes the request through the rules that it is subject to. False: it goes on.
  [[nodiscard]] bool obey_rules();
  /// The same from where it is now.
  [[nodiscard]] bool hear_on();
  void on_answer() override;
  /// The client did not wait for what was asked.
  void leave_inquiry(char cause);
  [[nodiscard]] const rules::ConnectionFacts& connection_facts();
  /// What the rules say to the client in a server's place. `late`: it was held up.
  void answer_verdict(bool late);
  void enter_tarpit();
  /// The client did not wait.
  void leave_tarpit(char cause);
  void drop_silently();
  bool pump_request();
  bool fill_body();
  H1Input::Fill fill_input();
  void watch_client();
  void open_tunnel();
  void discard_input();

  void refuse(http::Fault fault);
  /// The request is one too many, here or at that backend, and was answered so.
  [[nodiscard]] bool is_over_limit(BackendDriver* backend);
  /// There was no buffer for the request's head.
  void refuse_for_want_of_buffer();
  /// The request breaks a rule, at an offset in what is unread.
  void note_malformed(http::Fault fault, std::size_t at, bool body);
  /// `end`: what a response made without an exchange is logged as.
  void reply(std::string response, int status, TerminationState end = {});
  /// The client's next request can be told from what is left of this one, which is not much.
  [[nodiscard]] bool can_go_on();
  void finish_response();
  void await_request();
  void begin_discard();
  bool discard_body();
  /// The client does not take the rest of a response that is complete on our side.
  void give_up_response(char cause);
  void close_after_response();
  void close();
  void log_access(char lost_cause = '-');
  /// A request that was understood is over: its client's limit, and the log. `lost_cause`: as in
  /// AccessNote.
  void end_request(char lost_cause = '-');
  void capture_response(const http::ResponseHead& head);
  /// The client went, or took too long, before the first byte of its first request.
  void log_null(int status, char cause);
  void check_writer();
  [[nodiscard]] bool over_budget();
  /// The client has finished sending and no further request waits.
  [[nodiscard]] bool nothing_follows();
  /// It has finished sending, which ends a request that no server has yet.
  [[nodiscard]] bool client_gives_up() const {
    return stream_->peer_finished() && frontend_.settings().abort_on_close;
  }
  [[nodiscard]] Transaction& transaction() { return *transaction_; }

  Context& context_;
  Frontend& frontend_;
  std::unique_ptr<net::ByteStream> stream_;
  std::unique_ptr<Transaction> transaction_;  ///< absent while idle
  event::WheelTimer timer_;
  Task task_;
  base::Endpoint client_;
  // Here these take up what would be padding: thousands of idle connections have them.
  std::uint16_t turn_requests_ = 0;
  State state_ = State::kIdle;
  bool close_ = false;    ///< the connection ends with this response
  bool starved_ = false;  ///< there is no buffer for what the client has sent
  bool goes_on_ = false;  ///< an error page has told the client that the connection goes on
  bool first_request_ = true;
  bool half_closed_ = false;  ///< the client sends nothing more
  bool until_close_ = false;  ///< the response's end is the connection's
  bool spoke_ = false;        ///< a byte has come
  bool bad_request_ = false;  ///< the head was not understood
  bool quiet_ = false;        ///< the request is not logged
  std::string client_address_;
  std::unique_ptr<ClientEnds> ends_;  ///< as a proxy before us has told, or once somebody asks
  std::unique_ptr<const CertificateFields> certificate_;  ///< its own; see Client
  const tls::TlsStream* tls_;                             ///< see Client
  std::unique_ptr<const rules::ConnectionFacts> facts_;   ///< once rules have asked
  std::size_t turn_bytes_ = 0;
  base::Instant accepted_;
};

}  // namespace hapair::lb
