// One stream of an HTTP/2 client: its request, the exchange and the response (RFC 9113, section 8).
// Kept in a pool between two streams of whatever connections.
//
//   kHead -> kReady -> kExchange -> kFlush -> kFree
//     |-> kTarpit -----------------^   where a rule wants an answer to be late
//     +-> kInquiry -> as before        where one wants to know more than the request says
//
// A stream that is over is settled by its session, outside the calls of the library and of the
// exchange.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/event/timer_wheel.hpp"
#include "common/http/h2_connection.hpp"
#include "common/http/h2_request.hpp"
#include "common/http/head.hpp"
#include "common/http/reply.hpp"
#include "liblb/core/access_log.hpp"
#include "liblb/core/exchange.hpp"
#include "liblb/core/request_counts.hpp"
#include "liblb/core/request_policy.hpp"
#include "liblb/core/rules/judge.hpp"
#include "liblb/io/compressed_client.hpp"
#include "liblb/io/h2_body.hpp"
#include "liblb/io/h2_endpoint.hpp"
#include "liblb/io/h2_offer.hpp"
#include "liblb/io/inquiry.hpp"
#include "liblb/io/page_place.hpp"
#include "liblb/io/visit_handle.hpp"

namespace hapair::lb {

class BackendDriver;
class H2Session;
struct SessionView;

class H2Stream final : public RestKeeper,
                       public H2Member,
                       public http::H2StreamHandler,
                       private Asker {
 public:
  H2Stream();

  /// The next stream of a client begins.
  void open(H2Session& session, http::StreamId id);
  /// Nothing of the last one is asked for any more. Not while it is on the call stack.
  void rest() {
    exchange_.reset();
    compressed_.reset();
  }
  void settle() override;
  /// There is room for what was refused.
  void wake();
  [[nodiscard]] bool keep_body() override;
  /// The connection is gone; `killed`: reset by us.
  void lose(bool killed);
  /// The request's head did not come in time.
  void expire_head();

  [[nodiscard]] http::StreamId id() const { return id_; }
  /// Adds it to what its session counts.
  void count(SessionView& view) const;
  /// What its session tells where it is the oldest.
  void describe(SessionView& view) const;
  [[nodiscard]] bool uses(std::string_view backend, std::string_view server) const;

  [[nodiscard]] bool waits() const { return waits_; }
  [[nodiscard]] bool in_head() const { return state_ == State::kHead; }

  bool deferred = false;  ///< the session's note: it begins in the next turn

 private:
  /// kReady: its head is whole, and its exchange begins at its turn; one that is reset before costs
  /// no server anything.
  enum class State : std::uint8_t { kFree, kHead, kInquiry, kReady, kTarpit, kExchange, kFlush };

  // ClientSide
  bool send_head(const http::ResponseHead& head, const http::BodyFraming& body) override;
  std::size_t send_body(Pieces pieces, bool end) override;
  void send_rest(std::string bytes) override;
  void set_trailers(std::string_view lines) override { offer_.set_trailers(lines); }
  void flush() override;
  bool take_back_head() override { return false; }
  void send_error(int status) override;
  void resume_request() override;
  void set_deadline(base::Instant deadline) override;
  void end_exchange(Ending ending) override;

  // http::H2StreamHandler
  void on_field(std::string_view name, std::string_view value) override;
  void on_head(bool end) override;
  void on_data(std::string_view bytes) override;
  void on_end() override;
  void on_window() override;
  Part next_part(std::size_t room) override;
  void copy_part(std::span<std::uint8_t> out) override { offer_.copy_part(out); }
  void on_sent(std::size_t bytes, bool end) override;
  void on_closed(http::H2Error error) override;

  void on_timeout() noexcept;
  void begin_request(bool ends);
  /// What is answered here, without a server. False: nothing is.
  [[nodiscard]] bool answer_here();
  /// Takes the request through the rules that it is subject to. False: it goes on.
  [[nodiscard]] bool obey_rules();
  /// The same from where it is now.
  [[nodiscard]] bool hear_on();
  /// What no rule answers, and no server has to. False: its exchange may begin.
  [[nodiscard]] bool answer_behind_rules();
  void on_answer() override;
  /// As H1Session::visit_page().
  [[nodiscard]] bool visit_page();
  void answer_with_page();
  [[nodiscard]] const ClientEnds* ends() override;
  /// Its body is wanted, now or later.
  [[nodiscard]] bool takes_body() const {
    return state_ == State::kExchange || state_ == State::kReady || state_ == State::kInquiry;
  }
  /// What the rules say to the client in a server's place. `late`: it was held up.
  void answer_verdict(bool late);
  /// The client did not wait.
  void leave_tarpit(char cause);
  /// Whose the request is.
  [[nodiscard]] RequestOrigin origin() const;
  /// Who has heard the request's rules; null: there are none.
  [[nodiscard]] const rules::Judge* judge() const;
  void start_exchange();
  /// What the frontend's policy makes of the head. False: there is no room for it.
  [[nodiscard]] bool shape();
  /// Of a response made here.
  [[nodiscard]] http::ErrorTerms error_terms(int status) const;
  /// May be null.
  [[nodiscard]] const RequestPolicy* policy() const;
  /// The request is one too many, here or at that backend, and was answered so.
  [[nodiscard]] bool is_over_limit(BackendDriver* backend);
  /// A rule was broken before any server has heard of the request.
  void end_malformed(int status, TerminationState end);
  /// The client is gone before the exchange has begun.
  void leave_unserved(char cause, char phase);
  void pump_request();
  /// Gives the exchange what there is of the body. False: it takes no more for now.
  [[nodiscard]] bool offer_body();
  /// The request's head breaks a rule.
  void refuse(http::Fault fault);
  /// What follows the head does.
  void break_off(http::Fault fault);
  void note_malformed(http::Fault fault, bool body);
  /// `message`: a whole response, as HTTP/1 has it.
  void reply(std::string_view message, int status, TerminationState end);
  void flush_reply();
  void reset(http::H2Error error);
  /// `lost_cause`: as in AccessNote.
  void finish(char lost_cause = '-');
  void log_access(char lost_cause);
  /// A request that was understood is over.
  void note_cost();

  H2Session* session_ = nullptr;
  http::StreamId id_ = 0;
  State state_ = State::kFree;
  http::H2RequestBuilder builder_;
  http::RequestHead head_;
  std::optional<CompressedClient> compressed_;  ///< outlives the exchange
  std::optional<Exchange> exchange_;
  event::WheelTimer timer_;
  // The request:
  RequestCounts counts_;
  RequestNotes notes_;                   ///< where the frontend has a policy
  std::unique_ptr<rules::Judge> judge_;  ///< once a request was subject to rules
  std::unique_ptr<Inquiry> inquiry_;     ///< while its verdict is open
  VisitHandle visit_;                    ///< while a page is made for it
  PagePlace page_place_;                 ///< until that is sent
  H2Body body_;
  std::string request_trailers_;
  std::optional<http::Fault> trailer_fault_;
  std::uint64_t received_ = 0;  ///< bytes of its body
  std::string websocket_key_;
  bool remote_ended_ = false;  ///< the client has sent its last
  bool head_is_all_ = false;   ///< the request has no body
  bool closed_ = false;        ///< the stream is over for the library
  bool malformed_ = false;     ///< it broke a rule behind its head
  bool bad_head_ = false;      ///< its head was not understood
  bool quiet_ = false;         ///< it is not logged
  // The response:
  H2Offer offer_;
  std::string reply_;  ///< the body of one made here
  std::string_view reply_piece_;
  bool end_sent_ = false;  ///< its last frame was produced
  bool waits_ = false;     ///< less was accepted than offered
  bool swallows_ = false;  ///< its body goes nowhere: another answer was given
  // For the log:
  std::vector<std::string> captured_;
  base::Instant first_byte_{};
  base::Instant head_complete_{};
  std::uint64_t sent_ = 0;
  int local_status_ = -1;
  TerminationState local_end_{};
  bool statistics_ = false;
};

}  // namespace hapair::lb
