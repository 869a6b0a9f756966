#include "apps/hapair/control/session.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <utility>

#include "apps/hapair/control/stats_line.hpp"
#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/http/framing.hpp"
#include "common/http/reply.hpp"

namespace hapair::control {
namespace {

constexpr http::HeadLimits kLimits{.max_start_line = 2048, .max_head = Session::kMaxHead};

std::string as_chunk(std::string_view data) {
  std::array<std::uint8_t, http::kMaxChunkHead> head{};
  const std::size_t length = http::write_chunk_head(head, data.size());
  return base::concat(base::as_text(base::Bytes(head).first(length)), data, http::kChunkEnd);
}

}  // namespace

Session::Session(event::EventLoop& loop, net::ByteStream& stream, const Router& router,
                 net::PeerCredentials who, SessionOwner& owner)
    : loop_(loop),
      stream_(stream),
      router_(router),
      who_(std::move(who)),
      owner_(owner),
      timer_(loop, event::Priority::kControl, event::Callback<>::to<&Session::on_timeout>(this)),
      next_turn_(loop, event::Priority::kControl, event::Callback<>::to<&Session::run>(this)),
      next_piece_(loop, event::Priority::kTraffic, event::Callback<>::to<&Session::run>(this)),
      parser_(kLimits) {
  timer_.arm_after(kIdleTimeout);
}

void Session::on_timeout() noexcept {
  switch (state_) {
    case State::kHead:
    case State::kBody:
      if (state_ == State::kHead && filled_ == 0) {
        end();
        return;
      }
      refuse(http::Fault::kRequestTimeout);
      run();
      return;
    case State::kSend:
    case State::kDocument:
    case State::kFollow:
      stream_.abort();
      end();
      return;
    case State::kOver:
      return;
  }
}

void Session::on_news() noexcept {
  if (follows()) next_turn_.schedule();
}

void Session::on_stream_ready() noexcept {
  if (!next_turn_.scheduled() && !next_piece_.scheduled()) run();
}

void Session::run() noexcept {
  Next next = Next::kStep;
  while (next == Next::kStep) {
    switch (state_) {
      case State::kHead:
        next = read_head();
        break;
      case State::kBody:
        next = read_body();
        break;
      case State::kSend:
        next = send();
        break;
      case State::kDocument:
        next = send_document();
        break;
      case State::kFollow:
        next = follow();
        break;
      case State::kOver:
        return;
    }
  }
}

Session::Next Session::read_head() {
  if (filled_ > 0 && may_be_line_) {
    const Speech speech = speech_of(input());
    if (speech == Speech::kUnclear) return fill();
    if (speech == Speech::kLine) return answer_line(input().find('\n'));
    may_be_line_ = false;
  }
  if (filled_ > 0) {
    const http::ParseResult result = parser_.parse(input(), head_);
    if (result.faulty()) return refuse(result.fault);
    if (result.complete()) return on_head(result.bytes);
  }
  return fill();
}

Session::Next Session::fill() {
  if (!stream_.may_read()) return Next::kWait;
  const net::IoResult got = stream_.read(std::span(input_).subspan(filled_));
  switch (got.status) {
    case net::IoStatus::kOk:
      if (state_ == State::kHead && filled_ == 0) timer_.arm_after(kRequestTimeout);
      filled_ += got.bytes;
      return Next::kStep;
    case net::IoStatus::kWouldBlock:
      return Next::kWait;
    case net::IoStatus::kEof:
    case net::IoStatus::kError:
      return end();
  }
  return end();
}

Session::Next Session::on_head(std::size_t head_bytes) {
  method_ = head_.method;
  version_ = head_.version;
  keep_alive_ = http::wants_keep_alive(head_.version, head_.framing);
  target_ = head_.path.empty() ? "/" : head_.path;
  const http::BodyFraming framing = http::request_body(head_);
  body_decoder_ = http::BodyDecoder(framing);
  const bool wants_continue = head_.framing.expect_continue;
  drop_input(head_bytes);
  if (framing.length > kMaxBody) return refuse(http::Fault::kBodyTooLarge);
  if (wants_continue && filled_ == 0 && !body_decoder_.done()) {
    // Fits the socket's buffer, which is empty between two answers; should it not, the client goes
    // on without it after a while (RFC 9110, section 10.1.1).
    std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const iovec part{.iov_base = go_on.data(), .iov_len = go_on.size()};
    stream_.write({&part, 1});
  }
  state_ = State::kBody;
  return Next::kStep;
}

Session::Next Session::read_body() {
  if (body_decoder_.done()) {
    return begin_answer(
        router_.handle({.method = method_, .target = target_, .body = body_, .who = who_}));
  }
  if (filled_ == 0) return fill();
  const http::BodyDecoder::Step step = body_decoder_.next(input());
  if (step.status == http::BodyDecoder::Step::Status::kFault) return refuse(step.fault);
  body_ += step.payload;
  drop_input(step.consumed);
  if (body_.size() > kMaxBody) return refuse(http::Fault::kBodyTooLarge);
  return Next::kStep;
}

Session::Next Session::refuse(http::Fault fault) {
  // Where the next request would begin is not known any more.
  keep_alive_ = false;
  return begin_answer(error_answer(fault));
}

Session::Next Session::begin_answer(ControlAnswer answer) {
  if (answer.follow) return begin_to_follow(*answer.follow);
  if (answer.document) return begin_document(std::move(answer.document), answer.content_type);
  http::Reply reply;
  reply.status = answer.status;
  reply.content_type = answer.content_type;
  reply.body = answer.body;
  if (!answer.allow.empty()) reply.fields.push_back({"Allow", answer.allow});
  reply.close = !keep_alive_;
  reply.head_only = method_ == http::Method::kHead;
  reply.client = version_;
  output_ = http::render(reply);
  sent_ = 0;
  state_ = State::kSend;
  timer_.arm_after(kSendTimeout);
  return Next::kStep;
}

void Session::open_pieces(std::string_view content_type) {
  const bool chunked = version_ == http::Version::kHttp11;
  if (!chunked) keep_alive_ = false;  // the connection's end is the answer's
  output_ = base::concat("HTTP/1.1 200 OK\r\nContent-Type: ", content_type,
                         "\r\nCache-Control: no-store\r\n",
                         chunked ? "Transfer-Encoding: chunked\r\n" : "",
                         keep_alive_ ? "" : "Connection: close\r\n", "\r\n");
  sent_ = 0;
}

void Session::put_piece(std::string_view piece) {
  output_ = version_ == http::Version::kHttp11 ? as_chunk(piece) : std::string(piece);
  sent_ = 0;
}

Session::Next Session::begin_to_follow(std::uint64_t after) {
  if (!owner_.admits_follower()) {
    return begin_answer(error_answer(503, "too_many_followers",
                                     "too many connections follow the journal already",
                                     "close one of them, or ask for /v1/events now and then"));
  }
  keep_alive_ = false;
  open_pieces("application/x-ndjson");
  feed_ = EventFeed(router_.journal(), after);
  const bool head_only = method_ == http::Method::kHead;
  state_ = head_only ? State::kSend : State::kFollow;
  timer_.arm_after(head_only ? kSendTimeout : kStallTimeout);
  return Next::kStep;
}

/// One batch a call of the loop. The clock runs only while something waits to be taken.
Session::Next Session::follow() {
  if (!drain_input() || (!flush() && broken_)) return end();
  if (sent_ < output_.size()) {
    if (!timer_.armed()) timer_.arm_after(kStallTimeout);
    return Next::kWait;
  }
  timer_.cancel();
  const std::string lines = feed_.next(router_.journal());
  if (lines.empty()) return Next::kWait;
  put_piece(lines);
  next_turn_.schedule();
  return Next::kWait;
}

bool Session::drain_input() {
  while (stream_.may_read()) {
    const net::IoResult got = stream_.read(input_);
    if (got.status == net::IoStatus::kWouldBlock) break;
    if (got.status != net::IoStatus::kOk) return false;
  }
  return true;
}

bool Session::flush() {
  const std::size_t before = sent_;
  const net::IoStatus status = net::write_rest(stream_, output_, sent_);
  if (follows() && sent_ > before) timer_.cancel();  // it takes something
  broken_ = status != net::IoStatus::kOk && status != net::IoStatus::kWouldBlock;
  return status == net::IoStatus::kOk;
}

Session::Next Session::send() {
  if (!flush()) return broken_ ? end() : Next::kWait;
  return keep_alive_ ? next_request() : end();
}

Session::Next Session::next_request() {
  state_ = State::kHead;
  parser_.restart();
  method_ = http::Method::kGet;
  version_ = http::Version::kHttp11;
  body_.clear();
  output_ = {};
  timer_.arm_after(filled_ > 0 ? kRequestTimeout : kIdleTimeout);
  // One request a call: the loop looks for more urgent things before the next.
  next_turn_.schedule();
  return Next::kWait;
}

Session::Next Session::end() {
  state_ = State::kOver;
  timer_.cancel();
  next_turn_.cancel();
  next_piece_.cancel();
  stream_.set_handler(nullptr);
  owner_.on_session_end();
  return Next::kWait;
}

void Session::drop_input(std::size_t bytes) {
  std::copy(input_.begin() + static_cast<std::ptrdiff_t>(bytes),
            input_.begin() + static_cast<std::ptrdiff_t>(filled_), input_.begin());
  filled_ -= bytes;
}

std::string_view Session::input() const { return base::as_text(std::span(input_).first(filled_)); }

}  // namespace hapair::control
