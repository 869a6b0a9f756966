#include "liblb/io/tcp_relay.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/event/clock.hpp"
#include "liblb/core/hash_key.hpp"
#include "liblb/io/access_note.hpp"
#include "liblb/io/dial.hpp"
#include "liblb/io/proxy_terms.hpp"

namespace hapair::lb {

TcpRelay::TcpRelay(Context& context, Frontend& frontend, Listener& listener, Client client)
    : Session(listener),
      context_(context),
      frontend_(frontend),
      driver_(client.backend != nullptr ? *client.backend : *frontend.backend()),
      client_(std::move(client.stream)),
      hello_(std::move(client.hello)),
      timer_(event::Callback<>::to<&TcpRelay::on_timeout>(this)),
      task_(event::Callback<>::to<&TcpRelay::on_task>(this)),
      client_address_(client.peer),
      destination_(client.destination),
      accepted_(client.accepted.value_or(context.now())),
      began_(context.now()),
      named_(client.server),
      priority_(client.priority) {
  context_.add_user();
}

TcpRelay::~TcpRelay() { context_.remove_user(); }

bool TcpRelay::start() {
  if (!client_->start(*this)) return false;
  TrafficCounters& counters = backend().counters;
  counters.sessions.add();
  ++counters.sessions_total;
  counters.session_rate.count(accepted_);
  counters.last_session = accepted_;
  if (driver_.refuses_connection(client_address_.address)) {
    ++counters.denied_connections;
    client_->abort();
    close('P', 'R');
    return true;
  }
  if (Persistence* persistence = backend().persistence()) {
    const std::string_view name = hello_ ? std::string_view(hello_->server_name) : "";
    affinity_ = persistence->look(backend(), nullptr, client_address_.address, name, accepted_);
  }
  if (backend().settings().balance.algorithm == Algorithm::kHash) {
    key_ = hash_key(client_address_.address.to_string());
  }
  attempt(std::nullopt);
  return true;
}

void TcpRelay::wait_for_turn(WaitQueue& queue) {
  state_ = State::kQueued;
  wait_started_ = context_.now();
  queue_place_ = queue.enter(*this, had_turn_, priority_);
  if (queue_place_ == 0) {
    close('S', 'Q');
    return;
  }
  context_.wheel.arm(timer_, wait_started_ + backend().settings().queue_timeout);
}

void TcpRelay::on_turn(base::Instant now) {
  queue_time_ += now - wait_started_;
  had_turn_ = true;
  attempt(std::nullopt);
}

void TcpRelay::attempt(std::optional<std::size_t> avoid) {
  const auto [chosen, queue] =
      backend().choose({.key = key_,
                        .named = named_,
                        .prefer = affinity_ ? affinity_->server : std::nullopt,
                        .avoid = avoid,
                        .had_turn = had_turn_});
  if (queue != nullptr) {
    wait_for_turn(*queue);
    return;
  }
  if (!chosen) {
    close('S', 'C');
    return;
  }
  if (avoid && *avoid != *chosen) {
    redispatched_ = true;
    ++backend().counters.redispatches;
    ++backend().server(*avoid).counters.redispatches;
  }
  if (affinity_) backend().persistence()->on_chosen(*affinity_, *chosen);
  had_turn_ = true;
  connect_to(*chosen);
}

void TcpRelay::connect_to(std::size_t index) {
  server_index_ = index;
  hold_ = ServerHold(backend().server(index));
  attempt_started_ = context_.now();
  state_ = State::kConnecting;
  Server& server = backend().server(index);
  for (TrafficCounters* of : {&server.counters, &backend().counters}) {
    ++of->selected;
    ++of->connects;
  }
  if (!in_session_) backend().begin_session(index, *this, attempt_started_);
  in_session_ = true;
  auto socket = dial(context_, server.settings());
  if (!socket) {
    connect_failed(socket.error() == ConnectFailure::kExhausted ? 'R' : 'S');
    return;
  }
  server_.emplace(context_, std::move(*socket), driver_.tls(index));
  if ((*server_)->start(*this)) {
    context_.wheel.arm(timer_, attempt_started_ + backend().settings().connect_timeout);
  } else {
    connect_failed('R');
  }
}

void TcpRelay::on_connect_done() {
  std::array<std::uint8_t, net::kMaxProxyWritten> room;
  const std::span<std::uint8_t> greeting = std::span(room).first(write_greeting(room));
  const ServerStream::Opening opening = server_->advance(greeting);
  if (opening == ServerStream::Opening::kUnderWay) return;
  if (opening == ServerStream::Opening::kFailed) {
    driver_.tell_failure(*server_index_, *server_);
    connect_failed('S');
    return;
  }
  const base::Instant now = context_.now();
  connected_ = now;
  state_ = State::kRelay;
  if (affinity_) {
    backend().persistence()->on_served(*affinity_, backend().server(*server_index_), *server_index_,
                                       now);
  }
  for (TrafficCounters* of : {&backend().counters, &backend().server(*server_index_).counters}) {
    of->connect_time.record(now - attempt_started_);
    if (backend().limited()) of->queue_time.record(queue_time_);
  }
  backend().latency.connect.record(now - attempt_started_);
  backend().server(*server_index_).note_time(&ServerLatency::connect, now - attempt_started_);
  backend().on_met(*server_index_, Met::kConnection, now - attempt_started_);
  if (backend().limited()) backend().latency.queue.record(queue_time_);
  touch();
}

std::size_t TcpRelay::write_greeting(std::span<std::uint8_t> room) const {
  const SendProxy send_proxy = backend().server(*server_index_).settings().send_proxy;
  if (send_proxy == SendProxy::kNone) return 0;
  const auto ends = client_ends(client_address_, destination_, *client_);
  return net::write_proxy_header(room, proxy_version(send_proxy),
                                 proxied_ends(ends ? &*ends : nullptr));
}

void TcpRelay::connect_failed(char cause) {
  Server& server = backend().server(*server_index_);
  for (TrafficCounters* of : {&server.counters, &backend().counters}) {
    ++(cause == 'R' ? of->internal_errors : of->connect_errors);
  }
  if (cause != 'R') {
    backend().on_met(*server_index_, Met::kNoConnection, context_.now() - attempt_started_);
  }
  let_go_of_connection();
  if (backend().settings().retry_on.connection_failure && has_tries()) {
    try_again();
  } else {
    close(cause, 'C');
  }
}

bool TcpRelay::has_tries() const { return failed_tries_ + 1 < backend().settings().tries; }

void TcpRelay::try_again() {
  ++failed_tries_;
  ++retries_;
  ++backend().server(*server_index_).counters.retries;
  ++backend().counters.retries;
  if (backend().settings().redispatch) {
    end_session();
    if (backend().has_alternative(*server_index_)) {
      attempt(server_index_);
      return;
    }
  }
  state_ = State::kPause;
  context_.wheel.arm(timer_, context_.now() + kSameServerPause);
}

void TcpRelay::run() {
  if (state_ == State::kConnecting && server_ &&
      ((*server_)->may_write() || (*server_)->may_read())) {
    on_connect_done();
  }
  if (state_ == State::kClosed) return;
  if (state_ != State::kRelay) {
    // A half-closed client still wants its answer; one that is gone frees its place.
    if (client_->failure() != 0) close('C', state_ == State::kQueued ? 'Q' : 'C');
    return;
  }
  switch (pump(*client_, **server_, to_server_)) {
    case Flow::kFine:
      break;
    case Flow::kSenderLost:
      close('C', 'D');
      return;
    case Flow::kReceiverLost:
      // What the server said before it went is passed on, to its end.
      server_lost_ = true;
      to_server_.let_go();
      to_server_.finished = true;
      break;
  }
  const Flow flow = pump(**server_, *client_, to_client_);
  if (flow == Flow::kReceiverLost) {
    close('C', 'D');
  } else if (flow == Flow::kSenderLost) {
    close('S', 'D');
  } else if (to_server_.finished && to_client_.finished) {
    server_lost_ ? close('S', 'D') : close('-', '-');
  } else {
    touch();
  }
}

TcpRelay::Flow TcpRelay::pump(net::ByteStream& from, net::ByteStream& to, Lane& lane) {
  std::size_t moved = 0;
  for (;;) {
    if (!write_out(to, lane)) return Flow::kReceiverLost;
    if (lane.waits() || lane.finished) return Flow::kFine;
    if (moved >= kBytesPerTurn) {
      lane.let_go();  // nothing is in it; the other lane, or another connection, may need it
      context_.work.add(task_);
      return Flow::kFine;
    }
    const net::IoResult result = fill(from, to, lane);
    switch (result.status) {
      case net::IoStatus::kOk:
        moved += result.bytes;
        looked_ = false;
        break;
      case net::IoStatus::kEof:
        lane.ended = true;
        break;
      case net::IoStatus::kWouldBlock:
        lane.bulk = moved >= Buffer::kSize;
        lane.let_go();
        return Flow::kFine;
      case net::IoStatus::kError:
        return Flow::kSenderLost;
    }
  }
}

net::IoResult TcpRelay::fill(net::ByteStream& from, net::ByteStream& to, Lane& lane) {
  if (!from.may_read()) return {.status = net::IoStatus::kWouldBlock};
  if (lane.bulk && from.can_pipe() && to.can_pipe()) {
    lane.buffer.release();
    if (!lane.pipe) lane.pipe = context_.pipes.acquire();
    if (lane.pipe) {
      const net::IoResult result = from.read_into(*lane.pipe, net::Pipe::kCapacity);
      if (from.can_pipe()) return result;
      lane.pipe.release();
    }
  }
  if (!lane.buffer) lane.buffer = context_.buffers.acquire(BufferPool::Use::kContinue, task_);
  lane.starved = !lane.buffer;
  if (lane.starved) return {.status = net::IoStatus::kWouldBlock};
  const net::IoResult result = from.read(lane.buffer.bytes());
  if (result.status == net::IoStatus::kOk) {
    lane.begin = 0;
    lane.end = result.bytes;
    lane.bulk = result.bytes == Buffer::kSize;
  }
  return result;
}

void TcpRelay::Lane::let_go() {
  begin = end = 0;
  buffer.release();
  pipe.release();
}

bool TcpRelay::write_out(net::ByteStream& to, Lane& lane) {
  while (lane.begin < lane.end) {
    const std::array<iovec, 1> part{
        {{lane.buffer.bytes().data() + lane.begin, lane.end - lane.begin}}};
    const net::IoResult result = to.write(part);
    if (result.status == net::IoStatus::kWouldBlock) return true;
    if (result.status != net::IoStatus::kOk) return false;
    lane.begin += result.bytes;
    lane.bytes += result.bytes;
  }
  while (lane.pipe.size() > 0) {
    const net::IoResult result = to.write_from(*lane.pipe);
    if (result.status == net::IoStatus::kWouldBlock) return true;
    if (result.status != net::IoStatus::kOk) return false;
    lane.bytes += result.bytes;
  }
  if (lane.ended && !lane.finished) {
    lane.finished = true;
    lane.let_go();
    to.shutdown_write();
  }
  return true;
}

base::Duration TcpRelay::patience() const {
  if (to_server_.finished) return backend().settings().server_fin_timeout;
  if (to_client_.finished) return frontend_.settings().client_fin_timeout;
  return backend().settings().tunnel_timeout;
}

void TcpRelay::touch() {
  silence_ends_ = context_.now() + patience();
  context_.wheel.arm(
      timer_, looked_ ? silence_ends_ : std::min(silence_ends_, context_.now() + kLookAfter));
}

void TcpRelay::on_silence() {
  if (!looked_ && !to_client_.waits() && !to_server_.waits()) {
    looked_ = true;
    if (client_->failure() != 0) {
      close('C', 'D');
      return;
    }
    if ((*server_)->failure() != 0) {
      close('S', 'D');
      return;
    }
  }
  if (context_.now() < silence_ends_) {
    context_.wheel.arm(timer_, silence_ends_);
    return;
  }
  if ((to_server_.starved && client_->may_read()) ||
      (to_client_.starved && (*server_)->may_read())) {
    close('R', 'D');
  } else {
    close(to_server_.finished || to_server_.waits() ? 's' : 'c', 'D');
  }
}

void TcpRelay::on_timeout() noexcept {
  switch (state_) {
    case State::kQueued:
      close('s', 'Q');
      return;
    case State::kConnecting:
      connect_failed('s');
      return;
    case State::kPause:
      if (in_session_ && !backend().server(*server_index_).takes_traffic()) end_session();
      in_session_ ? connect_to(*server_index_) : attempt(std::nullopt);
      return;
    case State::kRelay:
      on_silence();
      return;
    case State::kClosed:
      return;
  }
}

void TcpRelay::on_server_down(base::Instant /*now*/) {
  switch (state_) {
    case State::kConnecting:
      // No fault of the connection's: it may yet have come to stand.
      let_go_of_connection();
      if (has_tries() && backend().settings().redispatch &&
          backend().has_alternative(*server_index_)) {
        try_again();
      } else {
        close('D', 'C');
      }
      return;
    case State::kPause:
      end_session();  // it has nothing there, and chooses again
      return;
    case State::kRelay:
      close('D', 'D');
      return;
    case State::kQueued:
    case State::kClosed:
      return;
  }
}

void TcpRelay::reset() {
  client_->abort();
  if (state_ == State::kQueued) {
    close('K', 'Q');
  } else {
    close('K', state_ == State::kRelay ? 'D' : 'C');
  }
}

void TcpRelay::let_go_of_connection() {
  if (server_) (*server_)->set_handler(nullptr);
  server_.reset();
}

void TcpRelay::end_session() {
  if (in_session_) backend().end_session(*server_index_, *this);
  in_session_ = false;
}

void TcpRelay::count_transfer() {
  const std::uint64_t in = to_server_.bytes;
  const std::uint64_t out = to_client_.bytes;
  const auto count = [in, out](TrafficCounters& counters) {
    counters.bytes_in += in;
    counters.bytes_out += out;
  };
  count(frontend_.counters);
  count(listener().counters);
  count(backend().counters);
  if (server_index_) count(backend().server(*server_index_).counters);
  frontend_.note_transfer(client_address_.address, in, out);
}

void TcpRelay::close(char cause, char phase) {
  if (state_ == State::kClosed) return;
  count_transfer();
  log_access(cause, phase);
  const base::Duration total = context_.now() - accepted_;
  frontend_.latency.total.record(total);
  if (connected_) {
    backend().latency.total.record(total);
    backend().counters.total_time.record(total);
    backend().server(*server_index_).counters.total_time.record(total);
    backend().server(*server_index_).note_time(&ServerLatency::total, total);
  }
  if (cause == 'C') ++backend().counters.client_aborts;
  if (cause == 'S' && phase == 'D') {
    ++backend().counters.server_aborts;
    ++backend().server(*server_index_).counters.server_aborts;
  }
  state_ = State::kClosed;
  leave_queue();
  backend().counters.sessions.remove();
  // What one side lost must not look like a regular end to the other.
  if ((cause == 'S' || cause == 'D') && phase == 'D' && !to_client_.finished) client_->abort();
  if (cause == 'C' && server_) (*server_)->abort();
  let_go_of_connection();
  end_session();
  to_server_.buffer.release();
  to_client_.buffer.release();
  timer_.cancel();
  task_.unqueue();
  client_->set_handler(nullptr);
  frontend_.retire(*this);
}

void TcpRelay::log_access(char cause, char phase) {
  if (!logs_access(context_, frontend_.settings())) return;
  const bool null = to_server_.bytes == 0 && to_client_.bytes == 0 && to_server_.end == 0;
  const bool in_order = cause == '-' || cause == 'C' || cause == 'c';
  // Of one that waited nothing was read yet, whatever it has sent.
  if (null && in_order && phase != 'Q' && !frontend_.settings().log_null) return;
  AccessRecord record = begin_record(context_, frontend_, client_address_, accepted_);
  record.tls = listener().tls().has_value();
  record.backend = backend().name();
  if (server_index_) {
    record.server = backend().server(*server_index_).name();
    record.server_connections =
        static_cast<std::uint32_t>(backend().server(*server_index_).counters.sessions.current());
  }
  if (had_turn_) record.queue_time = queue_time_;
  if (state_ == State::kQueued) {
    record.queue_time = queue_time_ + (context_.now() - wait_started_);
  }
  if (connected_) record.connect_time = *connected_ - began_ - queue_time_;
  record.backend_queue = static_cast<std::uint32_t>(queue_place_);
  record.bytes_to_client = to_client_.bytes;
  record.bytes_from_client = to_server_.bytes;
  record.termination = {.cause = cause, .phase = phase};
  record.backend_connections = static_cast<std::uint32_t>(backend().counters.sessions.current());
  record.retries = retries_;
  record.redispatched = redispatched_;
  std::string version;
  if (hello_) note_hello(record, *hello_, version);
  write_tcp_record(context_, frontend_, record);
}

}  // namespace hapair::lb
