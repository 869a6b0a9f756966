// The access record of an HTTP/1 exchange; apart from h1_session.cpp because nothing here changes
// what a session does.
#include "common/event/clock.hpp"
#include "liblb/io/access_sink.hpp"
#include "liblb/io/h1_session.hpp"

namespace hapair::lb {
namespace {

base::Duration between(const std::optional<base::Instant>& from,
                       const std::optional<base::Instant>& to) {
  return from && to ? *to - *from : kPhaseNotReached;
}

std::uint32_t narrow(std::uint64_t count) { return static_cast<std::uint32_t>(count); }

void describe_exchange(AccessRecord& record, const ExchangeReport& report, const Backend& backend) {
  record.backend = backend.name();
  if (report.server) {
    const Server& server = backend.server(*report.server);
    record.server = server.name();
    record.server_connections = narrow(server.counters.sessions.current());
  }
  record.backend_connections = narrow(backend.counters.sessions.current());
  if (report.connected) record.queue_time = base::Duration(0);
  record.connect_time = between(report.started, report.connected);
  record.response_time = between(report.connected, report.responded);
  record.status = report.status > 0 ? report.status : -1;
  record.retries = report.retries;
  record.redispatched = report.redispatched;
  record.termination.cause = report.cause;
  record.termination.phase = report.phase;
}

}  // namespace

void H1Session::log_access(int local_status, bool bad_request) {
  const AccessFormat format = frontend_.settings().access_format;
  if (context_.access == nullptr || format == AccessFormat::kOff) return;
  Transaction& current = transaction();
  const base::Instant now = context_.now();
  AccessRecord record;
  record.client = client_;
  record.accepted = event::wall_now() - (now - current.first_byte);
  record.frontend = frontend_.settings().name;
  record.backend = record.frontend;
  record.total_time = now - current.first_byte;
  record.bytes_to_client = current.writer->bytes_written() - current.written_before;
  record.active_connections = narrow(frontend_.owner().session_count());
  record.frontend_connections = narrow(frontend_.counters.sessions.current());
  if (!bad_request) {
    record.request_line = current.head.line;
    record.request_time = current.head_complete - current.first_byte;
  }
  if (current.exchange) {
    describe_exchange(record, current.exchange->report(), frontend_.backend()->backend());
  } else {
    record.status = local_status > 0 ? local_status : -1;
    if (statistics_) {
      record.server = "<STATS>";
      record.termination = {.cause = 'L', .phase = 'R'};
    } else if (local_status == http::info(http::Fault::kRequestTimeout).status) {
      record.termination = {.cause = 'c', .phase = 'R'};
    } else {
      record.termination = {.cause = local_status > 0 ? 'P' : 'C', .phase = 'R'};
    }
  }
  if (lost_cause_ != '-') record.termination = {.cause = lost_cause_, .phase = 'D'};
  context_.access->write(record, format);
}

}  // namespace hapair::lb
