// What each kind of session tells of itself; apart from them because nothing here changes what a
// session does, and nothing is kept for it: it is read off what they know anyway.
#include <algorithm>
#include <string_view>

#include "liblb/core/session_view.hpp"
#include "liblb/io/h1_session.hpp"
#include "liblb/io/h2_session.hpp"
#include "liblb/io/tcp_relay.hpp"

namespace hapair::lb {
namespace {

using Told = SessionView::State;
using Protocol = SessionView::Protocol;

void tell_of_head(const http::RequestHead& head, SessionView& view) {
  const std::string_view path = head.path.substr(0, head.path.find('?'));
  view.method = head.method_text.substr(0, kMaxToldMethod);
  view.path = path.substr(0, kMaxToldPath);
}

bool is_tunnel(const Exchange& exchange) {
  const int status = exchange.report().status;
  return status == 101 ||
         (exchange.request().method == http::Method::kConnect && status >= 200 && status < 300);
}

Told state_of(const Exchange& exchange) {
  const ExchangeReport& report = exchange.report();
  if (exchange.waits_for_server()) return report.waits_since ? Told::kQueued : Told::kConnecting;
  if (report.responded) return is_tunnel(exchange) ? Told::kTunnel : Told::kResponse;
  return exchange.request_unfinished() ? Told::kRequest : Told::kWaiting;
}

void tell_of_exchange(const Exchange& exchange, SessionView& view) {
  const ExchangeReport& report = exchange.report();
  // The client still gets a response whose exchange is over, whatever that was at last.
  if (view.state != Told::kResponse) view.state = state_of(exchange);
  view.backend = exchange.backend().name();
  if (report.server) view.server = exchange.backend().server(*report.server).name();
  if (view.state == Told::kTunnel && exchange.offers_websocket()) {
    view.protocol = Protocol::kWebSocket;
  }
}

bool takes_place_at(const Exchange& exchange, std::string_view backend, std::string_view server) {
  if (exchange.backend().name() != backend) return false;
  if (server.empty()) return true;
  const auto& place = exchange.report().server;
  return place && exchange.backend().server(*place).name() == server;
}

}  // namespace

void H1Session::describe(SessionView& view, base::Instant now) const {
  const FrontendSettings& settings = frontend_.settings();
  view.protocol = Protocol::kHttp1;
  view.state = Told::kClosing;
  if (state_ == State::kIdle) {
    view.state = Told::kIdle;
    view.idle =
        spoke_ ? now - (timer_.deadline() - settings.http_keep_alive_timeout) : now - accepted_;
  }
  if (!transaction_ || state_ == State::kIdle) return;
  const Transaction& current = *transaction_;
  view.requests = 1;
  view.bytes_in = current.received;
  view.bytes_out = current.writer->bytes_written() - current.written_before;
  if (state_ == State::kHead) {
    view.state = Told::kHead;
    view.idle = now - current.first_byte;
    return;
  }
  if (state_ == State::kTarpit || state_ == State::kInquiry) {
    view.state = Told::kHeld;
    view.idle = now - current.head_complete;
  } else if (state_ == State::kFlush) {
    view.state = Told::kResponse;
    view.idle = now - (timer_.deadline() - settings.client_timeout);
  }
  const bool has_head = view.state != Told::kClosing || state_ == State::kExchange;
  if (has_head && !bad_request_) tell_of_head(current.head, view);
  if (!current.exchange || !has_head) return;
  tell_of_exchange(*current.exchange, view);
  if (state_ != State::kExchange) return;
  const Exchange& exchange = *current.exchange;
  const base::Instant last = exchange.waits_for_server() ? exchange.report().started
                                                         : timer_.deadline() - exchange.patience();
  view.idle = now - last;
}

bool H1Session::uses(std::string_view backend, std::string_view server) const {
  const bool under_way = state_ == State::kExchange || state_ == State::kFlush;
  return under_way && transaction_ && transaction_->exchange &&
         takes_place_at(*transaction_->exchange, backend, server);
}

void H1Session::end() {
  drain();  // in order, where there is nothing to be cut off
  if (state_ != State::kClosed) reset();
}

void H2Stream::count(SessionView& view) const {
  ++view.requests;
  view.bytes_in += builder_.bytes() + received_;
  view.bytes_out += sent_;
}

void H2Stream::describe(SessionView& view) const {
  view.state = state_ == State::kHead    ? Told::kHead
               : state_ == State::kFlush ? Told::kResponse
                                         : Told::kHeld;
  if (state_ == State::kHead || state_ == State::kFree || bad_head_) return;
  tell_of_head(head_, view);
  if (exchange_) tell_of_exchange(*exchange_, view);
}

bool H2Stream::uses(std::string_view backend, std::string_view server) const {
  const bool under_way = state_ == State::kExchange || state_ == State::kFlush;
  return under_way && exchange_ && takes_place_at(*exchange_, backend, server);
}

void H2Session::describe(SessionView& view, base::Instant now) const {
  const bool goes_on = state_ == State::kOpen || state_ == State::kAnnounced;
  view.state = goes_on ? Told::kIdle : Told::kClosing;
  view.idle = now - (streams_.empty() ? idle_since_ : last_received_);
  for (const auto& stream : streams_) stream->count(view);
  // Streams are in no order: the oldest has the lowest id.
  const auto oldest =
      std::ranges::min_element(streams_, {}, [](const auto& each) { return each->id(); });
  if (oldest != streams_.end()) (*oldest)->describe(view);
  view.protocol = Protocol::kHttp2;  // a WebSocket is one of its streams
}

bool H2Session::uses(std::string_view backend, std::string_view server) const {
  return std::ranges::any_of(streams_,
                             [&](const auto& stream) { return stream->uses(backend, server); });
}

void H2Session::end() { streams_.empty() && state_ == State::kOpen ? leave() : reset(); }

bool TcpRelay::uses(std::string_view backend_name, std::string_view server) const {
  if (backend().name() != backend_name) return false;
  return server.empty() || (server_index_ && backend().server(*server_index_).name() == server);
}

void TcpRelay::describe(SessionView& view, base::Instant now) const {
  view.protocol = Protocol::kTcp;
  view.requests = 1;
  view.bytes_in = to_server_.bytes;
  view.bytes_out = to_client_.bytes;
  view.backend = backend().name();
  if (server_index_) view.server = backend().server(*server_index_).name();
  switch (state_) {
    case State::kQueued:
      view.state = Told::kQueued;
      view.idle = now - wait_started_;
      return;
    case State::kConnecting:
    case State::kPause:
      view.state = Told::kConnecting;
      view.idle = now - attempt_started_;
      return;
    case State::kRelay:
      view.state = Told::kTunnel;
      view.idle = now - (silence_ends_ - patience());
      return;
    case State::kClosed:
      view.state = Told::kClosing;
      return;
  }
}

}  // namespace hapair::lb
