// The server's side of one exchange, as a stream of an HTTP/2 connection (RFC 9113, section 8).
// Kept in a pool between two exchanges.
//
// The exchange may be over before the stream is: then the rest of what the server sends goes
// nowhere, and the connection lets go of the stream when that is closed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/h2_connection.hpp"
#include "common/http/h2_request_fields.hpp"
#include "common/http/h2_response.hpp"
#include "liblb/core/exchange.hpp"
#include "liblb/io/h2_body.hpp"
#include "liblb/io/h2_endpoint.hpp"
#include "liblb/io/h2_offer.hpp"

namespace hapair::lb {

class H2ServerConnection;

class H2ServerStream final : public ServerSide, public H2Member, public http::H2StreamHandler {
 public:
  /// Takes an exchange. `reused`: the connection carried another one before.
  void open(H2ServerConnection& connection, Exchange& exchange, bool reused);
  /// 0: the request was not submitted yet.
  [[nodiscard]] http::StreamId id() const { return id_; }
  void settle() override;
  [[nodiscard]] bool keep_body() override;
  /// Less was accepted than offered.
  [[nodiscard]] bool waits() const { return waits_; }
  void wake();
  /// The server's settings have come.
  void on_server_known();
  /// The server says that it has not looked at it.
  void refuse();
  /// No more can come. `loss`: what is said of a response that has not begun; by default what the
  /// stream knows.
  void on_connection_lost(std::optional<ServerLoss> loss);

  // ServerSide
  [[nodiscard]] bool ready() const override;
  [[nodiscard]] bool reused() const override { return reused_; }
  [[nodiscard]] bool may_refuse() const override { return true; }
  [[nodiscard]] bool send_head(const http::RequestHead& head,
                               const http::RequestPlan& plan) override;
  [[nodiscard]] std::size_t send_body(Pieces pieces, bool end) override;
  void set_trailers(std::string_view lines) override { offer_.set_trailers(lines); }
  void flush() override;
  void resume_response() override;
  void abandon() override;

 private:
  /// Interim responses to one request; more are a malformed response.
  static constexpr unsigned kMaxInterim = 100;

  // http::H2StreamHandler
  void on_field(std::string_view name, std::string_view value) override;
  void on_head(bool end) override;
  void on_data(std::string_view bytes) override;
  void on_end() override;
  void on_window() override;
  Part next_part(std::size_t room) override;
  void copy_part(std::span<std::uint8_t> out) override { offer_.copy_part(out); }
  void on_sent(std::size_t /*bytes*/, bool /*end*/) override {}
  void on_closed(http::H2Error error) override;

  [[nodiscard]] bool wants_switch() const;
  /// Of a server whose settings are known: whether it can do what the request asks for.
  void judge_ability();
  void pump();
  /// Each returns whether the pump goes on.
  bool pass_head();
  bool pass_body();
  /// The head that goes next: what is wrong with it, or with what has come behind it.
  [[nodiscard]] std::optional<http::Fault> judge(const http::H2ResponseBuilder& builder,
                                                 http::ResponseHead& head);
  /// What answers the opening of a WebSocket over HTTP/1.1.
  void make_switch(http::ResponseHead& head);
  [[nodiscard]] std::optional<http::Fault> judge_length() const;
  void complete();
  /// The exchange is gone: what is left of the stream goes nowhere.
  void let_go();
  void lose_malformed(http::Fault fault);
  void lose(ServerLoss loss);
  [[nodiscard]] ServerLoss loss_now() const;
  void fail(http::Fault fault);

  H2ServerConnection* connection_ = nullptr;
  Exchange* exchange_ = nullptr;
  http::StreamId id_ = 0;
  // The request:
  H2Offer offer_;
  http::H2RequestText text_;
  std::uint64_t begun_at_ = 0;  ///< the position of its head in what is sent, or before it
  http::H2RequestKind kind_ = http::H2RequestKind::kMessage;
  // The response:
  http::H2ResponseBuilder builder_;
  std::vector<http::H2ResponseBuilder> earlier_;  ///< interim heads that were not passed on yet
  H2Body body_;
  std::string trailers_;
  std::string accept_;  ///< of a WebSocket
  std::optional<http::Fault> fault_;
  std::optional<std::uint64_t> length_;  ///< that the body must have
  std::uint64_t received_ = 0;           ///< bytes of it
  unsigned interim_count_ = 0;
  bool reused_ = false;
  bool waits_ = false;          ///< less was accepted than offered
  bool blocked_ = false;        ///< the client took less than was offered
  bool came_ = false;           ///< something of the response has
  bool head_waits_ = false;     ///< a head in builder_ is complete and was not passed on
  bool final_came_ = false;     ///< the head of the response proper
  bool passing_body_ = false;   ///< that was passed on
  bool response_done_ = false;  ///< of a tunnel: the server has finished, the client has not
  bool remote_ended_ = false;   ///< the server has sent its last
  bool refused_ = false;
  bool unable_ = false;
  bool closed_ = false;  ///< the stream is over for the library, or was never begun
};

}  // namespace hapair::lb
