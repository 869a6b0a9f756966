#include "liblb/io/h2_server_connection.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/base/text.hpp"
#include "liblb/io/h2_server_pool.hpp"

namespace hapair::lb {
namespace {

/// For the whole of a head that has begun: until it has come no other stream's frames can.
constexpr base::Duration kHeadTime = std::chrono::seconds(10);
/// Of all streams together. What a client does not take is kept within its stream's window, and
/// does not hold up the others.
constexpr std::uint32_t kConnectionWindow = 1024 * 1024;

http::H2Settings offer_of() {
  http::H2Settings offer;
  offer.max_streams = 0;  // a server has none to begin
  offer.connection_window = kConnectionWindow;
  return offer;
}

}  // namespace

H2ServerConnection::H2ServerConnection(Context& context, H2ServerPool& pool,
                                       std::unique_ptr<net::ByteStream> stream)
    : H2Endpoint(context, std::move(stream), http::H2Connection::Role::kClient, offer_of(),
                 pool.backend().counters),
      pool_(pool),
      timer_(event::Callback<>::to<&H2ServerConnection::on_timeout>(this)),
      begun_(context.now()),
      idle_since_(begun_) {}

H2ServerConnection::~H2ServerConnection() = default;

void H2ServerConnection::start() {
  stream_->set_handler(this);
  flush_soon();  // our preface and settings
  context_.work.add(task_);
}

ServerSide& H2ServerConnection::begin(Exchange& exchange) {
  counters_.streams.add();
  ++counters_.streams_total;
  // From silence on: what was heard before says nothing of this stream.
  if (streams_.empty()) {
    last_received_ = context_.now();
    pinged_ = false;
  }
  streams_.push_back(pool_.backend().pool.acquire());
  streams_.back()->open(*this, exchange, carried_++ > 0);
  flush_soon();  // arms the timer
  return *streams_.back();
}

bool H2ServerConnection::has_room() const {
  const std::uint32_t limit =
      std::min(pool_.settings().http2.max_streams, connection_.peer_max_streams());
  return state_ == State::kOpen && !faulty_ && streams_.size() < limit && !output_.failed();
}

bool H2ServerConnection::still_stands() {
  if (streams_.empty()) {
    while (state_ == State::kOpen && look()) {
    }
    flush_soon();
  }
  if (stream_->peer_finished()) leave();
  return has_room();
}

const ServerSettings& H2ServerConnection::server() const { return pool_.server(); }

std::string_view H2ServerConnection::scheme() const { return pool_.under_tls() ? "https" : "http"; }

// What comes in

void H2ServerConnection::on_frame(http::H2Frame frame) {
  if (frame == http::H2Frame::kReset) {  // no flood: each costs the server one of our requests
    ++counters_.peer_resets;
    return;
  }
  admit(frame);
}

void H2ServerConnection::tell_flood(H2Flood kind) {
  tell("h2-server-flood",
       base::concat("too many ", to_text(kind), "; the connection to the server was ended"));
}

void H2ServerConnection::on_fault(http::H2Error error, std::string_view why) {
  if (std::exchange(faulty_, true)) return;
  ++counters_.connection_errors;
  if (!flooded_) {
    tell("h2-server-error", base::concat("the server broke the rules of HTTP/2 (", to_text(error),
                                         ", ", why, "); the connection to it was ended"));
  }
  context_.work.add(task_);
}

void H2ServerConnection::on_goaway(http::StreamId last, http::H2Error error) {
  if (state_ == State::kOpen) {
    state_ = State::kLeaving;
    ++counters_.goaways;
  }
  if (error != http::H2Error::kNoError) {
    tell("h2-server-goaway",
         base::concat("the server ends the connection to it (", to_text(error), ")"));
  }
  for (const auto& stream : streams_) {
    if (stream->id() > last) stream->refuse();
  }
}

void H2ServerConnection::tell(std::string_view id, std::string_view what) {
  const auto held_back = pool_.backend().repeats.pass(context_.now());
  if (!held_back) return;
  std::string message(what);
  if (*held_back > 0) message += base::concat(" (and ", *held_back, " others since)");
  context_.log.warning(id, server().name, message);
}

void H2ServerConnection::note_stream_error() { ++counters_.stream_errors; }

void H2ServerConnection::note_refusal() { ++counters_.refused_streams; }

// Turns

void H2ServerConnection::wake_streams() {
  if (std::exchange(server_was_known_, server_is_known()) != server_is_known()) {
    for (std::size_t i = 0; i < streams_.size(); ++i) streams_[i]->on_server_known();
  }
  for (std::size_t i = streams_.size(); i-- > 0;) {
    if (i < streams_.size() && streams_[i]->waits()) streams_[i]->wake();
  }
}

void H2ServerConnection::on_turn_end() {
  if (faulty_) break_off(ServerLoss::kMalformed);
  if (streams_.empty() && (state_ != State::kOpen || !pool_.keeps(*this))) {
    pool_.retire(*this);
  } else {
    arm_timer();
  }
}

void H2ServerConnection::break_off(std::optional<ServerLoss> loss) {
  if (!lives()) return;
  state_ = State::kBroken;
  timer_.cancel();
  stream_->set_handler(nullptr);
  stream_->shutdown_write();
  output_.end();  // what is read may still be needed
  lose_streams(loss);
  flush_soon();
}

void H2ServerConnection::lose_streams(std::optional<ServerLoss> loss) {
  // None leaves the list within this: they are released as they settle.
  for (std::size_t i = 0; i < streams_.size(); ++i) streams_[i]->on_connection_lost(loss);
}

void H2ServerConnection::release(H2ServerStream& stream) {
  forget_member(stream);
  const auto at = std::ranges::find(streams_, &stream, &std::unique_ptr<H2ServerStream>::get);
  over_.push_back(std::move(*at));
  if (at + 1 != streams_.end()) *at = std::move(streams_.back());
  streams_.pop_back();
  counters_.streams.remove();
  if (streams_.empty()) idle_since_ = context_.now();
  flush_soon();
}

void H2ServerConnection::recycle() {
  for (auto& stream : over_) pool_.backend().pool.give_back(std::move(stream));
  over_.clear();
}

// The end

void H2ServerConnection::leave() {
  if (state_ != State::kOpen) return;
  state_ = State::kLeaving;
  flush_soon();
}

void H2ServerConnection::silence() {
  if (lives() && !faulty_) {
    connection_.goaway();
    output_.send(context_.buffers, task_);
  }
  assert(streams_.empty());
  state_ = State::kOver;
  timer_.cancel();
  stop();
}

// Time

std::optional<base::Instant> H2ServerConnection::next_deadline() const {
  if (!lives()) return std::nullopt;
  if (streams_.empty()) return idle_since_ + pool_.settings().idle_timeout;
  std::optional<base::Instant> deadline;
  if (in_head_) deadline = head_since_ + kHeadTime;
  const base::Duration interval = pool_.settings().http2.ping_interval;
  if (interval.count() > 0) {
    const base::Instant at = last_received_ + (pinged_ ? 2 * interval : interval);
    if (!deadline || at < *deadline) deadline = at;
  }
  return deadline;
}

void H2ServerConnection::arm_timer() {
  if (const auto deadline = next_deadline()) {
    context_.wheel.arm(timer_, *deadline);
  } else {
    timer_.cancel();
  }
}

void H2ServerConnection::on_timeout() noexcept {
  if (streams_.empty()) {
    pool_.retire(*this);
    return;
  }
  if (in_head_ && context_.now() >= head_since_ + kHeadTime) {
    in_head_ = false;
    connection_.terminate(http::H2Error::kEnhanceYourCalm, "a head was not complete in time");
  } else if (pinged_) {
    ++counters_.ping_timeouts;
    tell("h2-server-silent", "the server answers no PING; the connection to it was ended");
    stream_->abort();
    on_broken();
    return;
  } else {
    pinged_ = true;
    connection_.ping();
  }
  flush_soon();
  arm_timer();
}

}  // namespace hapair::lb
