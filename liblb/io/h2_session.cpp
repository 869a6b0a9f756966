#include "liblb/io/h2_session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/base64.hpp"
#include "common/base/text.hpp"
#include "common/http/fault.hpp"
#include "liblb/io/access_note.hpp"
#include "liblb/io/frontend_h2.hpp"
#include "liblb/io/proxy_terms.hpp"

namespace hapair::lb {
namespace {

/// Between the two GOAWAYs, unless the client answers a PING sooner: what it had sent before it saw
/// the first one has come by then.
constexpr base::Duration kLeaveTime = std::chrono::seconds(1);
/// How long the client may take to notice our FIN while it is still sending.
constexpr base::Duration kLingerTime = std::chrono::seconds(2);

http::H2Settings offer_of(const FrontendSettings& settings) {
  http::H2Settings offer;
  offer.max_streams = settings.http2.max_streams;
  offer.max_header_list = static_cast<std::uint32_t>(settings.head_limits.max_head);
  offer.extended_connect = settings.upgrade;
  return offer;
}

std::uint64_t seed_of(const base::Endpoint& client, base::Instant now) {
  return static_cast<std::uint64_t>(now.time_since_epoch().count()) * 31 + client.port;
}

}  // namespace

H2Session::H2Session(Context& context, Frontend& frontend, Listener& listener, Client client)
    : Session(listener),
      H2Endpoint(context, std::move(client.stream), http::H2Connection::Role::kServer,
                 offer_of(frontend.settings()), frontend.h2().counters),
      frontend_(frontend),
      random_(seed_of(client.peer, context.now())),
      timer_(event::Callback<>::to<&H2Session::on_timeout>(this)),
      client_(client.peer),
      client_address_(client_.address.to_string()),
      destination_(client.destination),
      certificate_(std::move(client.certificate)),
      tls_(client.tls),
      accepted_(client.accepted.value_or(context.now())),
      idle_since_(accepted_) {}

H2Session::~H2Session() = default;

bool H2Session::start() {
  if (listener().draining()) leave();
  arm_timer();
  flush_soon();  // our settings
  if (!stream_->start(*this)) return false;
  if (stream_->may_read()) context_.work.add(task_);
  return true;
}

const ClientEnds* H2Session::ends() {
  if (!ends_) ends_ = client_ends(client_, destination_, *stream_);
  return ends_ ? &*ends_ : nullptr;
}

std::string H2Session::make_websocket_key() {
  std::array<std::uint8_t, 16> bytes{};
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_.below(256));
  return base::to_base64(bytes);
}

// What comes in

http::H2StreamHandler* H2Session::on_stream(http::StreamId id) {
  if (state_ == State::kLeaving || faulty_) return nullptr;
  counters_.streams.add();
  ++counters_.streams_total;
  streams_.push_back(frontend_.h2().pool.acquire());
  streams_.back()->open(*this, id);
  return streams_.back().get();
}

void H2Session::on_frame(http::H2Frame frame) {
  if (frame == http::H2Frame::kReset) ++counters_.peer_resets;
  admit(frame);
}

void H2Session::on_reset_sent(http::H2Error error) {
  switch (error) {
    case http::H2Error::kNoError:
    case http::H2Error::kCancel:
    case http::H2Error::kInternalError:
      return;  // not the client's fault
    case http::H2Error::kRefusedStream:
      ++counters_.refused_streams;
      break;
    case http::H2Error::kProtocolError:
    case http::H2Error::kFlowControlError:
    case http::H2Error::kSettingsTimeout:
    case http::H2Error::kStreamClosed:
    case http::H2Error::kFrameSizeError:
    case http::H2Error::kCompressionError:
    case http::H2Error::kConnectError:
    case http::H2Error::kEnhanceYourCalm:
    case http::H2Error::kInadequateSecurity:
    case http::H2Error::kHttp11Required:
      ++counters_.stream_errors;
      break;
  }
  admit(H2Flood::kResets);
}

void H2Session::tell_flood(H2Flood kind) {
  if (const auto held_back = frontend_.h2().repeats.pass(context_.now())) {
    std::string message = base::concat("from ", client_.to_string(), ": too many ", to_text(kind),
                                       "; the connection was ended");
    if (*held_back > 0) message += base::concat(" (and ", *held_back, " others since)");
    context_.log.warning("h2-flood", listener().name(), message);
  }
}

void H2Session::on_ping_answer() {
  pinged_ = false;
  if (state_ == State::kAnnounced) leave_for_good();
}

void H2Session::on_fault(http::H2Error error, std::string_view why) {
  if (faulty_) return;
  faulty_ = true;
  ++counters_.connection_errors;
  if (context_.log.takes(base::LogLevel::kDebug)) {
    context_.log.debug("h2-connection-error", listener().name(),
                       base::concat("from ", client_.to_string(), ": ", to_text(error), ", ", why));
  }
  context_.work.add(task_);
}

// Turns

void H2Session::on_received(std::size_t bytes) {
  frontend_.counters.bytes_in += bytes;
  listener().counters.bytes_in += bytes;
}

void H2Session::on_turn() {
  recycle();
  turn_requests_ = 0;
  for (H2Stream* stream : std::exchange(deferred_, {})) {
    if (stream == nullptr) continue;
    stream->deferred = false;
    touch(*stream);
  }
}

bool H2Session::may_begin(H2Stream& stream) {
  if (turn_requests_ < kRequestsPerTurn) {
    ++turn_requests_;
    return true;
  }
  if (!std::exchange(stream.deferred, true)) deferred_.push_back(&stream);
  context_.work.add(task_);
  return false;
}

void H2Session::wake_streams() {
  for (std::size_t i = streams_.size(); i-- > 0;) {
    if (i < streams_.size() && streams_[i]->waits()) streams_[i]->wake();
  }
}

void H2Session::on_turn_end() {
  count_written();
  check_end();
}

void H2Session::check_end() {
  if (faulty_) lose_streams(false);
  const bool said_all =
      faulty_ || connection_.finished() ||
      (state_ == State::kLeaving && streams_.empty() && !connection_.has_output());
  if (said_all && !output_.waiting()) {
    linger();
  } else if (!faulty_) {
    arm_timer();
  }
}

void H2Session::count_written() {
  const std::uint64_t written = output_.bytes_written() - counted_;
  counted_ = output_.bytes_written();
  frontend_.counters.bytes_out += written;
  listener().counters.bytes_out += written;
}

void H2Session::release(H2Stream& stream) {
  forget_member(stream);
  std::ranges::replace(deferred_, &stream, nullptr);
  stream.deferred = false;
  const auto at = std::ranges::find(streams_, &stream, &std::unique_ptr<H2Stream>::get);
  over_.push_back(std::move(*at));
  if (at + 1 != streams_.end()) *at = std::move(streams_.back());
  streams_.pop_back();
  counters_.streams.remove();
  if (streams_.empty()) idle_since_ = context_.now();
  flush_soon();
}

void H2Session::recycle() {
  for (auto& stream : over_) {
    stream->rest();
    frontend_.h2().pool.give_back(std::move(stream));
  }
  over_.clear();
}

// The end

void H2Session::drain() { leave(); }

void H2Session::leave() {
  if (state_ != State::kOpen) return;
  state_ = State::kAnnounced;
  leaving_since_ = context_.now();
  connection_.announce_goaway();
  connection_.ping();
  arm_timer();
  flush_soon();
}

void H2Session::leave_for_good() {
  if (state_ != State::kAnnounced) return;
  state_ = State::kLeaving;
  leaving_since_ = context_.now();
  connection_.goaway();
  flush_soon();
}

void H2Session::lose_streams(bool killed) {
  while (!streams_.empty()) streams_.back()->lose(killed);
}

void H2Session::lose() {
  if (!requested_ && streams_.empty())
    log_null_access(context_, frontend_, client_, listener().tls().has_value(), accepted_,
                    http::kBadRequestStatus, 'C');
  lose_streams(false);
  close();
}

void H2Session::reset() {
  if (state_ == State::kClosed) return;
  stream_->abort();
  lose_streams(true);
  close();
}

void H2Session::linger() {
  lose_streams(false);
  // Closing now could destroy the last frames on their way, if the client still sends.
  stream_->shutdown_write();
  release_buffers();
  state_ = State::kLinger;
  context_.wheel.arm(timer_, context_.now() + kLingerTime);
  context_.work.add(task_);
}

void H2Session::on_inactive_turn() {
  if (state_ == State::kLinger) discard_input();
}

void H2Session::discard_input() {
  std::array<std::uint8_t, 4096> nowhere;
  while (turn_bytes_ < kBytesPerTurn) {
    const net::IoResult result = stream_->read(nowhere);
    if (result.status == net::IoStatus::kWouldBlock) return;
    if (result.status != net::IoStatus::kOk) {
      close();
      return;
    }
    turn_bytes_ += result.bytes;
  }
  context_.work.add(task_);
}

void H2Session::close() {
  if (state_ == State::kClosed) return;
  lose_streams(false);
  count_written();
  state_ = State::kClosed;
  timer_.cancel();
  stop();
  frontend_.retire(*this);
}

// Time

std::optional<base::Instant> H2Session::next_deadline() const {
  const FrontendSettings& settings = frontend_.settings();
  std::optional<base::Instant> deadline;
  const auto at = [&](base::Instant when) {
    if (!deadline || when < *deadline) deadline = when;
  };
  if (state_ == State::kAnnounced) at(leaving_since_ + kLeaveTime);
  if (in_head_) at(head_since_ + settings.http_request_timeout);
  if (streams_.empty()) {
    if (state_ == State::kLeaving) at(leaving_since_ + kLeaveTime);
    if (state_ == State::kOpen) {
      at(idle_since_ +
         (requested_ ? settings.http_keep_alive_timeout : settings.http_request_timeout));
    }
  } else if (const base::Duration interval = settings.http2.ping_interval; interval.count() > 0) {
    at(last_received_ + (pinged_ ? 2 * interval : interval));
  }
  return deadline;
}

void H2Session::arm_timer() {
  if (state_ == State::kLinger || state_ == State::kClosed) return;
  if (const auto deadline = next_deadline()) {
    context_.wheel.arm(timer_, *deadline);
  } else {
    timer_.cancel();
  }
}

void H2Session::on_timeout() noexcept {
  if (state_ == State::kLinger) {
    close();
    return;
  }
  const FrontendSettings& settings = frontend_.settings();
  const base::Instant now = context_.now();
  if (in_head_ && now >= head_since_ + settings.http_request_timeout) {
    in_head_ = false;
    for (std::size_t i = streams_.size(); i-- > 0;) {
      if (streams_[i]->in_head()) streams_[i]->expire_head();
    }
    connection_.terminate(http::H2Error::kEnhanceYourCalm, "a head was not complete in time");
  } else if (state_ == State::kAnnounced && now >= leaving_since_ + kLeaveTime) {
    leave_for_good();
  } else if (streams_.empty() && state_ == State::kLeaving) {
    stream_->abort();  // it does not even take our last frames
    lose();
    return;
  } else if (streams_.empty()) {
    if (!requested_)
      log_null_access(context_, frontend_, client_, listener().tls().has_value(), accepted_,
                      http::info(http::Fault::kRequestTimeout).status, 'c');
    leave();
  } else if (pinged_) {
    ++counters_.ping_timeouts;
    stream_->abort();
    lose();
    return;
  } else {
    pinged_ = true;
    connection_.ping();
  }
  flush_soon();
  arm_timer();
}

}  // namespace hapair::lb
