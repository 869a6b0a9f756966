#include "liblb/core/exchange.hpp"

#include <string>
#include <utility>

#include "common/http/fault.hpp"
#include "liblb/core/hash_key.hpp"

namespace hapair::lb {
namespace {

base::Duration given_or(base::Duration given, base::Duration otherwise) {
  return given != base::Duration(0) ? given : otherwise;
}

}  // namespace

Exchange::Exchange(ClientSide& client, Backend& backend, Connector& connector,
                   const http::RequestHead& request, const ExchangeTerms& terms)
    : client_(client),
      backend_(backend),
      connector_(connector),
      request_(request),
      terms_(terms),
      request_ended_(!terms.body_follows),
      awaits_continue_(terms.body_follows && request.framing.expect_continue) {}

void Exchange::start(base::Instant now) {
  report_.started = now;
  TrafficCounters& counters = backend_.counters;
  counters.sessions.add();
  ++counters.sessions_total;
  ++counters.requests;
  counters.session_rate.count(now);
  counters.request_rate.count(now);
  counters.last_session = now;
  counters.bytes_in += terms_.head_bytes;
  if (request_.framing.has_content_length &&
      request_.framing.content_length > terms_.max_body_bytes) {
    answer(http::info(http::Fault::kBodyTooLarge).status, 'P', 'R');
    return;
  }
  const BalanceSettings& balance = backend_.settings().balance;
  if (balance.algorithm == Algorithm::kHash) {
    const bool known = balance.hashes_source() && !terms_.source.is_any();
    key_ = hash_key(balance, request_, known ? terms_.source.to_string() : std::string());
  }
  if (backend_.persistence() != nullptr) look_where_it_belongs(now);
  attempt(std::nullopt, now);
}

void Exchange::wait_for_turn(WaitQueue& queue, base::Instant now) {
  phase_ = Phase::kQueued;
  report_.waits_since = now;
  const std::size_t place = queue.enter(*this, had_turn_, terms_.priority);
  if (place == 0) {
    fail(503, 'S');
    return;
  }
  report_.queue_place = place;
  client_.set_deadline(now + given_or(terms_.timeouts.queue, backend_.settings().queue_timeout));
}

void Exchange::end_wait(base::Instant now) {
  leave_queue();
  report_.queue_time =
      report_.queue_time.value_or(base::Duration(0)) + (now - *report_.waits_since);
  report_.waits_since.reset();
}

void Exchange::on_turn(base::Instant now) {
  end_wait(now);
  had_turn_ = true;
  attempt(std::nullopt, now);
}

bool Exchange::choose_server(std::optional<std::size_t> avoid, base::Instant now) {
  const auto [chosen, queue] =
      backend_.choose({.key = key_,
                       .named = terms_.server,
                       .prefer = affinity_ ? affinity_->server : connector_.reserved_at(client()),
                       .avoid = avoid,
                       .had_turn = had_turn_});
  if (queue != nullptr) {
    wait_for_turn(*queue, now);
    return false;
  }
  if (!chosen) {
    report_.server.reset();
    fail(503, 'S');
    return false;
  }
  if (avoid && *avoid != *chosen) {
    report_.redispatched = true;
    ++backend_.counters.redispatches;
    ++backend_.server(*avoid).counters.redispatches;
  }
  if (affinity_) backend_.persistence()->on_chosen(*affinity_, *chosen);
  report_.server = chosen;
  hold_ = ServerHold(backend_.server(*chosen));
  if (!report_.queue_time) report_.queue_time = base::Duration(0);
  had_turn_ = true;
  in_session_ = true;
  backend_.begin_session(*chosen, *this, now);
  return true;
}

Connector::Wanted Exchange::wanted_connection() {
  using From = Connector::From;
  // What could not be sent again if the connection is dead goes over one that was looked at.
  Connector::Wanted wanted{
      .from = From::kAny, .checked = !is_repeatable(), .client = &client_.identity()};
  switch (backend_.settings().reuse) {
    case ReuseMode::kNever:
      wanted.from = From::kOwn;
      break;
    case ReuseMode::kSafe:
      if (terms_.first_request && !is_repeatable()) wanted.from = From::kNew;
      break;
    case ReuseMode::kAggressive:
      if (terms_.first_request) wanted.from = From::kProven;
      break;
    case ReuseMode::kAlways:
      break;
  }
  // A server that was told of one client must not get another's requests on that connection.
  if (server().settings().send_proxy != SendProxy::kNone) wanted.from = From::kOwn;
  if (replays_ > 0) {
    wanted.from = From::kNew;
    wanted.since = replayed_at_;
  }
  wanted.websocket = offers_websocket();
  return wanted;
}

void Exchange::attempt(std::optional<std::size_t> avoid, base::Instant now) {
  if (!in_session_ && !choose_server(avoid, now)) return;
  phase_ = Phase::kConnecting;
  attempt_started_ = now;
  response_blocked_ = false;
  TrafficCounters& counters = server().counters;
  ++counters.selected;
  ++backend_.counters.selected;
  const auto connection = connector_.connect(*this, *report_.server, wanted_connection());
  side_ = connection.value_or(nullptr);
  if (!connection) {
    connect_failed(connection.error() == ConnectFailure::kExhausted ? 'R' : 'S', now);
  } else if (side_->ready()) {
    ++counters.reuses;
    ++backend_.counters.reuses;
    on_connected(now);
  } else {
    if (!side_->reused()) {
      ++counters.connects;
      ++backend_.counters.connects;
    }
    client_.set_deadline(now +
                         given_or(terms_.timeouts.connect, backend_.settings().connect_timeout));
  }
}

void Exchange::on_connected(base::Instant now) {
  report_.connected = now;
  if (backend_.limited()) {
    backend_.counters.queue_time.record(*report_.queue_time);
    backend_.latency.queue.record(*report_.queue_time);
    server().counters.queue_time.record(*report_.queue_time);
  }
  if (!side_->reused()) {
    backend_.counters.connect_time.record(now - attempt_started_);
    backend_.latency.connect.record(now - attempt_started_);
    server().counters.connect_time.record(now - attempt_started_);
    server().note_time(&ServerLatency::connect, now - attempt_started_);
    note(Met::kConnection);
  }
  phase_ = Phase::kRequest;
  if (affinity_) backend_.persistence()->on_served(*affinity_, server(), *report_.server, now);
  send_request(now);
}

void Exchange::send_request(base::Instant now) {
  const BackendSettings& settings = backend_.settings();
  http::RequestPlan plan;
  if (!request_ended_ || replaying_) plan.body = http::request_body(request_);
  plan.upgrade = terms_.upgrade;
  plan.close = terms_.close_server;
  const std::string fallback =
      request_.host.empty() ? server().settings().endpoint.to_string() : std::string();
  plan.fallback_host = fallback;
  if (settings.forwarded_for && !has_forwarded(*settings.forwarded_for)) {
    plan.forwarded_for_name = *settings.forwarded_for;
    plan.forwarded_for_value = terms_.client_address;
  }
  if (terms_.certificate != nullptr) plan.added = terms_.certificate->fields();
  const http::RequestHead* changed =
      affinity_ ? backend_.persistence()->changed_for_server(request_, *affinity_) : nullptr;
  head_sent_ = side_->send_head(changed != nullptr ? *changed : request_, plan);
  touch(now);
  if (!head_sent_) return;  // on_server_ready() comes when there is room
  ++server().counters.requests;
  server().counters.request_rate.count(now);
  server().counters.bytes_in += terms_.head_bytes;
  kept_.set_keeping(terms_.body_follows && side_->may_refuse() && all_is_kept());
  resend_body();
}

void Exchange::resend_body() {
  if (std::exchange(replaying_, false)) {
    if (request_ended_ && !kept_.trailers().empty()) side_->set_trailers(kept_.trailers());
    const std::string_view rest = kept_.bytes().substr(resent_);
    const std::size_t accepted = side_->send_body({&rest, 1}, request_ended_);
    resent_ += accepted;
    request_blocked_ = replaying_ = accepted < rest.size();
    if (replaying_) return;  // on_server_ready() comes when there is room
  }
  if (request_ended_) {
    side_->flush();
  } else {
    client_.resume_request();
  }
}

std::size_t Exchange::on_request_body(Pieces pieces, bool end, base::Instant now) {
  const std::size_t offered = size_of(pieces);
  if (!may_take_request(offered)) return 0;
  const std::size_t accepted = side_->send_body(pieces, end);
  kept_.add(pieces, accepted);
  return took_request(accepted, offered, end, now);
}

std::size_t Exchange::on_request_piped(const PipedBytes& bytes, bool end, base::Instant now) {
  if (!may_take_request(bytes.size)) return 0;
  return took_request(side_->send_piped(bytes, end), bytes.size, end, now);
}

bool Exchange::may_take_request(std::size_t bytes) {
  if (phase_ == Phase::kOver || replaying_) return false;
  if (phase_ == Phase::kTunnel) return true;
  if (request_bytes_ + bytes <= terms_.max_body_bytes) return head_sent_;
  if (phase_ == Phase::kResponse) {
    finish(Ending::kCut);
  } else {
    fail(http::info(http::Fault::kBodyTooLarge).status, 'P');
  }
  return false;
}

std::size_t Exchange::took_request(std::size_t accepted, std::size_t offered, bool end,
                                   base::Instant now) {
  request_blocked_ = accepted < offered;
  if (end && !request_blocked_) request_ended_ = true;
  request_bytes_ += accepted;
  backend_.counters.bytes_in += accepted;
  server().counters.bytes_in += accepted;
  if (accepted > 0) awaits_continue_ = false;
  if (phase_ == Phase::kTunnel && request_ended_ && response_ended_) {
    record_total(now);
    finish(Ending::kComplete);
    return accepted;
  }
  touch(now);
  return accepted;
}

void Exchange::on_request_trailers(std::string_view lines) {
  std::string purged;
  if (terms_.certificate != nullptr) lines = purged = terms_.certificate->purged(lines);
  if (terms_.forwarding != nullptr) lines = purged = terms_.forwarding->purged(lines);
  if (side_ != nullptr) side_->set_trailers(lines);
  kept_.set_trailers(lines);
}

void Exchange::on_request_pause() {
  if (head_sent_ && side_ != nullptr) side_->flush();
}

void Exchange::on_server_ready(base::Instant now) {
  if (phase_ == Phase::kRequest && !head_sent_) {
    send_request(now);
    return;
  }
  request_blocked_ = false;
  if (replaying_) {
    resend_body();
    touch(now);
    return;
  }
  touch(now);
  if (!request_ended_) client_.resume_request();
}

bool Exchange::on_response_head(http::ResponseHead& head, std::size_t head_bytes,
                                const http::BodyFraming& body, base::Instant now) {
  if (phase_ == Phase::kRequest && retries_on_status(head.status)) {
    server().counters.responses.count(static_cast<unsigned>(head.status));
    note(met_by(static_cast<unsigned>(head.status)), now - *report_.connected);
    drop_server_side();
    try_again(now);
    return false;
  }
  if (affinity_ && !head.is_interim()) edit_cookies(head, head_bytes, now);
  if (!edit(head, head_bytes)) {
    ++backend_.counters.response_errors;
    ++server().counters.response_errors;
    drop_server_side();
    fail(http::kBadGatewayStatus, 'P');
    return false;
  }
  if (!client_.send_head(head, body)) {
    response_blocked_ = true;
    touch(now);
    return false;
  }
  response_blocked_ = false;
  TrafficCounters& counters = server().counters;
  counters.bytes_out += head_bytes;
  backend_.counters.bytes_out += head_bytes;
  if (head.is_interim()) {
    if (head.status == 100) awaits_continue_ = false;
    touch(now);
    return true;
  }
  if (affinity_) note_cookies();
  phase_ = Phase::kResponse;
  if (!replaying_) kept_.clear();
  if (body.kind == http::BodyFraming::Kind::kTunnel) {
    phase_ = Phase::kTunnel;
    request_ended_ = false;
  }
  report_.responded = now;
  report_.status = head.status;
  const auto status = static_cast<unsigned>(head.status);
  counters.responses.count(status);
  backend_.counters.responses.count(status);
  counters.response_time.record(now - *report_.connected);
  note(met_by(status), now - *report_.connected);
  backend_.counters.response_time.record(now - *report_.connected);
  backend_.latency.response.record(now - *report_.connected);
  server().note_time(&ServerLatency::response, now - *report_.connected);
  touch(now);
  return true;
}

bool Exchange::edit(http::ResponseHead& head, std::size_t head_bytes) const {
  if (response_edits_.empty() || head.is_interim()) return true;
  return head_bytes + response_edits_.bytes() <= kMaxEditedHead &&
         response_edits_.apply(head.fields);
}

std::size_t Exchange::on_response_body(Pieces pieces, bool end, base::Instant now) {
  return took_response(client_.send_body(pieces, end), size_of(pieces), end, now);
}

std::size_t Exchange::on_response_piped(const PipedBytes& bytes, bool end, base::Instant now) {
  return took_response(client_.send_piped(bytes, end), bytes.size, end, now);
}

std::size_t Exchange::took_response(std::size_t accepted, std::size_t offered, bool end,
                                    base::Instant now) {
  response_blocked_ = accepted < offered;
  if (end && !response_blocked_) response_ended_ = true;
  report_.body_bytes += accepted;
  backend_.counters.bytes_out += accepted;
  server().counters.bytes_out += accepted;
  touch(now);
  return accepted;
}

void Exchange::on_client_ready(base::Instant now) {
  if (!response_blocked_ || side_ == nullptr) return;
  response_blocked_ = false;
  touch(now);
  side_->resume_response();
}

void Exchange::on_response_complete(base::Instant now) {
  side_ = nullptr;
  record_total(now);
  finish_whole();
}

void Exchange::record_total(base::Instant now) {
  const base::Duration total = now - report_.started;
  backend_.counters.total_time.record(total);
  backend_.latency.total.record(total);
  server().counters.total_time.record(total);
  server().note_time(&ServerLatency::total, total);
}

void Exchange::note_malformed(const FaultPlace& place, base::WallTime now) {
  backend_.malformed.record(place, terms_.client_address, server().name(), now);
}

void Exchange::on_client_gone(int status) {
  if (phase_ == Phase::kOver) return;
  ++backend_.counters.client_aborts;
  if (report_.server) ++server().counters.client_aborts;
  if (status != 0) {
    answer(status, 'P', 'D');
    return;
  }
  report_.cause = 'C';
  report_.phase = phase_letter();
  finish(Ending::kCut);
}

void Exchange::on_killed() {
  if (phase_ == Phase::kOver) return;
  report_.cause = 'K';
  report_.phase = phase_letter();
  finish(Ending::kCut);
}

void Exchange::on_deadline(base::Instant now) {
  switch (phase_) {
    case Phase::kQueued:
      end_wait(now);
      fail(503, 's');
      return;
    case Phase::kConnecting:
      side_->abandon();
      connect_failed('s', now);
      return;
    case Phase::kPause:
      // Without redispatch it has kept its server, which may have gone meanwhile.
      if (in_session_ && !server().takes_traffic()) end_session();
      attempt(std::nullopt, now);
      return;
    case Phase::kRequest:
    case Phase::kResponse:
      if (lacks_buffer()) {
        ++server().counters.internal_errors;
        ++backend_.counters.internal_errors;
        fail(503, 'R');
      } else if (waits_for_client()) {
        ++backend_.counters.client_aborts;
        fail(http::info(http::Fault::kRequestTimeout).status, 'c');
      } else {
        ++backend_.counters.response_errors;
        ++server().counters.response_errors;
        note(Met::kLateResponse);
        if (backend_.settings().retry_on.response_timeout && may_retry()) {
          drop_server_side();
          try_again(now);
        } else {
          fail(504, 's');
        }
      }
      return;
    case Phase::kTunnel:
      report_.cause = waits_for_client() ? 'c' : 's';
      report_.phase = phase_letter();
      record_total(now);
      finish(Ending::kClose);
      return;
    case Phase::kOver:
      return;
  }
}

void Exchange::on_server_down(base::Instant now) {
  if (phase_ == Phase::kPause) {
    end_session();  // it has nothing there, and chooses again
    return;
  }
  drop_server_side();
  const bool unheard = (phase_ == Phase::kConnecting && has_tries()) || may_retry();
  if (unheard && backend_.settings().redispatch && backend_.has_alternative(*report_.server)) {
    try_again(now);
  } else {
    fail(503, 'D');
  }
}

void Exchange::drop_server_side() {
  if (side_ != nullptr) side_->abandon();
  side_ = nullptr;
}

void Exchange::end_session() {
  if (in_session_) backend_.end_session(*report_.server, *this);
  in_session_ = false;
}

void Exchange::fail(int status, char cause) { answer(status, cause, phase_letter()); }

void Exchange::answer(int status, char cause, char phase) {
  report_.cause = cause;
  report_.phase = phase;
  if (phase_ == Phase::kTunnel) {
    // A client that has had the server's FIN has missed nothing.
    finish(response_ended_ ? Ending::kClose : Ending::kCut);
    return;
  }
  if (phase_ == Phase::kResponse) {
    const auto refused = static_cast<unsigned>(report_.status);
    if (!client_.take_back_head()) {
      finish(Ending::kCut);
      return;
    }
    report_.phase = 'H';
    backend_.counters.responses.take_back(refused);
    server().counters.responses.take_back(refused);
  }
  report_.status = status;
  backend_.counters.responses.count(static_cast<unsigned>(status));
  client_.send_error(status);
  finish_whole();
}

void Exchange::finish_whole() { finish(request_ended_ ? Ending::kComplete : Ending::kClose); }

void Exchange::finish(Ending ending) {
  leave_queue();
  drop_server_side();
  end_session();
  phase_ = Phase::kOver;
  backend_.counters.sessions.remove();
  client_.end_exchange(ending);  // may destroy the exchange
}

bool Exchange::lacks_buffer() const {
  // A head has to be written somewhere: the server's, or the client's.
  return phase_ == Phase::kRequest && (!head_sent_ || response_blocked_);
}

bool Exchange::waits_for_client() const {
  if (phase_ == Phase::kResponse) return response_blocked_;
  if (phase_ == Phase::kTunnel) return !request_ended_ && !request_blocked_;
  // A client that waits for "100 Continue" waits for the server.
  return !request_ended_ && !request_blocked_ && head_sent_ && !awaits_continue_;
}

base::Duration Exchange::patience() const {
  const BackendSettings& settings = backend_.settings();
  if (phase_ == Phase::kTunnel) {
    if (request_ended_) return settings.server_fin_timeout;
    return response_ended_ ? terms_.client_fin_timeout : settings.tunnel_timeout;
  }
  return waits_for_client() ? terms_.client_timeout
                            : given_or(terms_.timeouts.server, settings.server_timeout);
}

void Exchange::touch(base::Instant now) { client_.set_deadline(now + patience()); }

char Exchange::phase_letter() const {
  switch (phase_) {
    case Phase::kQueued:
      return 'Q';
    case Phase::kConnecting:
    case Phase::kPause:
      return 'C';
    case Phase::kRequest:
      return request_ended_ || awaits_continue_ ? 'H' : 'D';
    case Phase::kResponse:
    case Phase::kTunnel:
    case Phase::kOver:
      return 'D';
  }
  return '-';
}

}  // namespace hapair::lb
