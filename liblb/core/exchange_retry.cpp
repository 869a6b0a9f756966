// What follows when a server fails an exchange: another try, the same request again on another
// connection, or an error for the client.
#include <algorithm>

#include "common/http/fault.hpp"
#include "liblb/core/exchange.hpp"

namespace hapair::lb {

void Exchange::connect_failed(char cause, base::Instant now) {
  side_ = nullptr;
  if (cause != 'R') note(Met::kNoConnection);
  for (TrafficCounters* of : {&server().counters, &backend_.counters}) {
    ++(cause == 'R' ? of->internal_errors : of->connect_errors);
  }
  if (backend_.settings().retry_on.connection_failure && has_tries()) {
    try_again(now);
  } else {
    fail(503, cause);
  }
}

bool Exchange::has_tries() const { return failed_tries_ + 1 < backend_.settings().tries; }

bool Exchange::may_retry() const {
  // RFC 9110, section 9.2.2, as for a replay; of a body that was begun the beginning is gone.
  return phase_ == Phase::kRequest && request_bytes_ == 0 && http::is_idempotent(request_.method) &&
         has_tries();
}

bool Exchange::retries_on(ServerLoss loss) const {
  const RetryOn& on = backend_.settings().retry_on;
  switch (loss) {
    case ServerLoss::kUntouched:
    case ServerLoss::kSilent:
    case ServerLoss::kRefused:
      return on.empty_response;
    case ServerLoss::kBroken:
    case ServerLoss::kMalformed:
      return on.junk_response;
    case ServerLoss::kUnable:
      break;
  }
  return false;
}

bool Exchange::retries_on_status(int status) const {
  const auto& statuses = backend_.settings().retry_on.statuses;
  return !statuses.empty() && std::ranges::find(statuses, status) != statuses.end() && may_retry();
}

void Exchange::try_again(base::Instant now) {
  ++failed_tries_;
  ++report_.retries;
  ++backend_.counters.retries;
  ++server().counters.retries;
  head_sent_ = false;
  request_blocked_ = false;
  if (backend_.settings().redispatch) {
    end_session();
    if (backend_.has_alternative(*report_.server)) {
      attempt(report_.server, now);
      return;
    }
  }
  phase_ = Phase::kPause;
  client_.set_deadline(now + kSameServerPause);
}

bool Exchange::is_repeatable() const {
  return http::is_idempotent(request_.method) && !terms_.body_follows;
}

bool Exchange::may_replay(ServerLoss loss) const {
  // A request of which the server took nothing was not sent yet.
  if (!all_is_kept()) return false;
  if (loss == ServerLoss::kRefused) return replays_ < kMaxReplays;
  if (replays_ > 0) return false;
  if (loss == ServerLoss::kUntouched) return true;
  return loss == ServerLoss::kSilent && side_->reused() && is_repeatable();
}

void Exchange::on_server_gone(ServerLoss loss, base::Instant now) {
  const bool replay = phase_ == Phase::kRequest && may_replay(loss);
  side_ = nullptr;
  if (replay) {
    end_session();
    ++replays_;
    replayed_at_ = now;
    replaying_ = terms_.body_follows && (request_bytes_ > 0 || request_ended_);
    resent_ = 0;
    request_blocked_ = false;
    head_sent_ = false;
    attempt(std::nullopt, now);
    return;
  }
  if (loss == ServerLoss::kUnable) {  // no fault of the server's
    fail(http::kNotImplementedStatus, 'P');
    return;
  }
  note(loss == ServerLoss::kMalformed ? Met::kJunk : Met::kNoResponse);
  ++server().counters.response_errors;
  ++backend_.counters.response_errors;
  if (loss == ServerLoss::kBroken) {
    ++server().counters.server_aborts;
    ++backend_.counters.server_aborts;
  }
  if (retries_on(loss) && may_retry()) {
    try_again(now);
  } else {
    fail(http::kBadGatewayStatus, loss == ServerLoss::kMalformed ? 'P' : 'S');
  }
}

}  // namespace hapair::lb
