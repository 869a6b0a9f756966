#include "liblb/io/h2_endpoint.hpp"

#include <algorithm>
#include <utility>

namespace hapair::lb {
namespace {

/// The kind of flood that many such frames are.
H2Flood flood_of(http::H2Frame frame) {
  switch (frame) {
    case http::H2Frame::kReset:
      return H2Flood::kResets;
    case http::H2Frame::kPing:
      return H2Flood::kPings;
    case http::H2Frame::kSettings:
      return H2Flood::kSettings;
    case http::H2Frame::kEmptyData:
      return H2Flood::kEmptyData;
    case http::H2Frame::kPriority:
      return H2Flood::kPriorities;
    case http::H2Frame::kHeadPieces:
      return H2Flood::kHeadPieces;
  }
  return H2Flood::kResets;
}

}  // namespace

H2Endpoint::H2Endpoint(Context& context, std::unique_ptr<net::ByteStream> stream,
                       http::H2Connection::Role role, const http::H2Settings& offer,
                       H2Counters& counters)
    : context_(context),
      stream_(std::move(stream)),
      connection_(role, offer, *this),
      output_(*stream_, connection_),
      counters_(counters),
      task_(event::Callback<>::to<&H2Endpoint::on_task>(this)),
      flush_task_(event::Callback<>::to<&H2Endpoint::on_flush>(this)),
      last_received_(context.now()),
      guard_(context.now()) {
  context_.add_user();
  counters_.connections.add();
  ++counters_.connections_total;
}

H2Endpoint::~H2Endpoint() {
  counters_.connections.remove();
  context_.remove_user();
}

void H2Endpoint::admit(http::H2Frame frame) { admit(flood_of(frame)); }

void H2Endpoint::admit(H2Flood kind) {
  // A head in countless pieces has no bucket.
  if (kind != H2Flood::kHeadPieces && guard_.admit(kind, context_.now())) return;
  if (std::exchange(flooded_, true)) return;
  ++counters_.floods[static_cast<std::size_t>(kind)];
  tell_flood(kind);
  connection_.terminate(http::H2Error::kEnhanceYourCalm, to_text(kind));
}

void H2Endpoint::run() {
  turn_bytes_ = 0;
  if (!active()) {
    on_inactive_turn();
    return;
  }
  on_turn();
  if (output_.blocked()) {
    output_.send(context_.buffers, task_);
    wake_ = !output_.blocked();
  }
  while (read()) {
  }
  if (active()) send();
}

bool H2Endpoint::read() {
  if (!settle_streams()) return false;
  if (!listens() || (!stream_->may_read() && !output_.failed())) {
    input_.release();
    return false;
  }
  if (output_.failed()) {
    on_broken();
    return false;
  }
  if (turn_bytes_ >= kBytesPerTurn) {
    context_.work.add(task_);
    return false;
  }
  return look();
}

bool H2Endpoint::look() {
  if (!input_) {
    const auto use = has_streams() ? BufferPool::Use::kContinue : BufferPool::Use::kBegin;
    input_ = context_.buffers.acquire(use, task_);
    if (!input_) return false;
  }
  const net::IoResult result = stream_->read(input_.bytes());
  switch (result.status) {
    case net::IoStatus::kOk:
      break;
    case net::IoStatus::kWouldBlock:
      input_.release();
      return false;
    case net::IoStatus::kEof:
    case net::IoStatus::kError:
      on_broken();
      return false;
  }
  last_received_ = context_.now();
  pinged_ = false;
  turn_bytes_ += result.bytes;
  on_received(result.bytes);
  in_library_ = true;
  connection_.receive(input_.bytes().first(result.bytes));
  in_library_ = false;
  if (connection_.within_head() && !in_head_) head_since_ = last_received_;
  in_head_ = connection_.within_head();
  return true;
}

bool H2Endpoint::settle_streams() {
  if (std::exchange(wake_, false)) wake_streams();
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    if (touched_[i] == nullptr) continue;
    H2Member& stream = *touched_[i];
    holding_.push_back(&stream);
    stream.settle();
  }
  touched_.clear();
  // What they could not pass on leaves the buffer that is read into.
  while (!holding_.empty()) {
    if (holding_.back() != nullptr && !holding_.back()->keep_body()) return false;
    holding_.pop_back();
  }
  return active();
}

void H2Endpoint::gather() {
  if (!in_library_) output_.gather(context_.buffers, task_);
  flush_soon();
}

void H2Endpoint::flush_soon() {
  if (active() && !flush_task_.queued()) context_.work.add(flush_task_);
}

void H2Endpoint::touch(H2Member& stream) {
  if (stream.touched) return;
  stream.touched = true;
  touched_.push_back(&stream);
  if (!in_library_) context_.work.add(task_);
}

void H2Endpoint::forget_member(H2Member& stream) {
  std::ranges::replace(touched_, &stream, nullptr);
  std::ranges::replace(holding_, &stream, nullptr);
  stream.touched = false;
}

void H2Endpoint::on_flush() noexcept {
  if (!active()) return;
  on_turn();
  send();
}

void H2Endpoint::send() {
  if (!output_.blocked()) output_.send(context_.buffers, task_);
  if (output_.failed()) {
    on_broken();
    if (!active()) return;
  }
  if (!touched_.empty()) context_.work.add(task_);
  on_turn_end();
}

void H2Endpoint::release_buffers() {
  input_.release();
  output_.end();
}

void H2Endpoint::stop() {
  task_.unqueue();
  flush_task_.unqueue();
  release_buffers();
  stream_->set_handler(nullptr);
}

}  // namespace hapair::lb
