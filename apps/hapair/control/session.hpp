// One connection to the control server: reads a request, has the router answer it, sends the
// answer, and so on while the client keeps the connection. One request at a time: a client that
// pipelines waits, and one that does not read its answers is closed. A client that follows the
// journal gets lines until it leaves.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "apps/hapair/control/event_feed.hpp"
#include "apps/hapair/control/router.hpp"
#include "common/event/event_loop.hpp"
#include "common/http/body_decoder.hpp"
#include "common/http/head_parser.hpp"
#include "common/net/byte_stream.hpp"

namespace hapair::control {

class SessionOwner {
 public:
  /// The session is over; it is to be destroyed, but not within this call.
  virtual void on_session_end() noexcept = 0;
  /// Whether one more session may follow the journal.
  [[nodiscard]] virtual bool admits_follower() const noexcept { return true; }

 protected:
  ~SessionOwner() = default;
};

class Session final : private net::StreamHandler {
 public:
  static constexpr std::size_t kMaxHead = 8 * 1024;
  static constexpr std::size_t kMaxBody = 4 * 1024;
  static constexpr base::Duration kIdleTimeout = std::chrono::seconds(60);
  /// From the first byte of a request to its last.
  static constexpr base::Duration kRequestTimeout = std::chrono::seconds(5);
  /// For the client to take the whole answer.
  static constexpr base::Duration kSendTimeout = std::chrono::seconds(10);
  /// A follower that takes nothing of what there is for so long is closed.
  static constexpr base::Duration kStallTimeout = std::chrono::seconds(30);

  /// `stream` calls the session when it is ready; it, the router and the owner outlive the session.
  Session(event::EventLoop& loop, net::ByteStream& stream, const Router& router,
          net::PeerCredentials who, SessionOwner& owner);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] net::StreamHandler& handler() { return *this; }
  [[nodiscard]] bool over() const { return state_ == State::kOver; }
  [[nodiscard]] bool follows() const { return state_ == State::kFollow; }
  /// Nothing of a request has come, or of another one.
  [[nodiscard]] bool idle() const { return state_ == State::kHead && filled_ == 0; }
  /// Somebody else gets the place of an idle one.
  void give_way() noexcept { end(); }

  /// The journal has a new event: a follower gets it in a call of the loop of its own.
  void on_news() noexcept;

  /// The time for what the session waits for is up.
  void on_timeout() noexcept;

 private:
  enum class State : std::uint8_t { kHead, kBody, kSend, kDocument, kFollow, kOver };
  enum class Next : std::uint8_t { kStep, kWait };

  void on_stream_ready() noexcept override;
  void run() noexcept;
  Next read_head();
  Next read_body();
  /// What came first is no HTTP but a line of commands, of so many bytes.
  Next answer_line(std::size_t bytes);
  Next send();
  Next send_document();
  Next follow();
  /// False when the rest of the output has to wait.
  [[nodiscard]] bool flush();
  /// Reads more input, if there is some; ends the session at end of file.
  Next fill();

  Next on_head(std::size_t head_bytes);
  Next begin_answer(ControlAnswer answer);
  Next begin_document(std::unique_ptr<PiecedDocument> document, std::string_view content_type);
  Next begin_to_follow(std::uint64_t after);
  /// Begins the output of an answer that is sent piece by piece, and whose length nobody knows.
  void open_pieces(std::string_view content_type);
  /// The next piece is the output; an empty one ends the answer.
  void put_piece(std::string_view piece);
  /// Drops what a follower says; false at its end.
  [[nodiscard]] bool drain_input();
  Next refuse(http::Fault fault);
  Next next_request();
  Next end();
  void drop_input(std::size_t bytes);
  [[nodiscard]] std::string_view input() const;

  event::EventLoop& loop_;
  net::ByteStream& stream_;
  const Router& router_;
  const net::PeerCredentials who_;
  SessionOwner& owner_;
  event::Timer timer_;
  event::Deferred next_turn_;
  event::Deferred next_piece_;  ///< of a document; whatever else is ready comes first

  State state_ = State::kHead;
  bool may_be_line_ = true;  ///< nothing has come yet but what could become a line of commands
  /// The byte beyond the longest head shows the parser that a head is too long.
  std::array<std::uint8_t, kMaxHead + 1> input_;
  std::size_t filled_ = 0;

  http::RequestParser parser_;
  http::RequestHead head_;
  http::Method method_ = http::Method::kGet;
  http::Version version_ = http::Version::kHttp11;
  bool keep_alive_ = false;
  std::string target_;
  http::BodyDecoder body_decoder_;
  std::string body_;

  std::string output_;
  std::size_t sent_ = 0;
  std::unique_ptr<PiecedDocument> document_;  ///< null when its last piece is made
  EventFeed feed_;
  bool broken_ = false;  ///< writing has failed
};

}  // namespace hapair::control
