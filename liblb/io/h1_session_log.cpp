// The access record of an HTTP/1 exchange; apart from h1_session.cpp because nothing here changes
// what a session does.
#include <algorithm>
#include <array>

#include "common/base/text.hpp"
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

void describe_exchange(AccessRecord& record, const ExchangeReport& report, const Backend& backend,
                       base::Instant now) {
  record.backend = backend.name();
  if (report.server) {
    const Server& server = backend.server(*report.server);
    record.server = server.name();
    record.server_connections = narrow(server.counters.sessions.current());
  }
  record.backend_connections = narrow(backend.counters.sessions.current());
  const base::Duration waited = report.queue_time.value_or(base::Duration(0));
  if (report.queue_time) record.queue_time = waited;
  if (report.waits_since) record.queue_time = waited + (now - *report.waits_since);
  record.backend_queue = narrow(report.queue_place);
  if (report.connected) record.connect_time = *report.connected - report.started - waited;
  record.response_time = between(report.connected, report.responded);
  record.status = report.status > 0 ? report.status : -1;
  record.retries = report.retries;
  record.redispatched = report.redispatched;
  record.termination.cause = report.cause;
  record.termination.phase = report.phase;
}

/// The value of the last field of that name, cut to `length` bytes.
std::string_view last_value(const http::FieldList& fields, std::string_view name,
                            std::size_t length) {
  for (std::size_t i = fields.size(); i-- > 0;) {
    if (base::equals_ignoring_case(fields[i].name, name)) return fields[i].value.substr(0, length);
  }
  return {};
}

}  // namespace

void H1Session::capture_response(const http::ResponseHead& head) {
  const FrontendSettings& settings = frontend_.settings();
  if (settings.capture_response.empty() || context_.access == nullptr) return;
  auto& captured = transaction().captured;
  captured.resize(settings.capture_response.size());
  for (std::size_t i = 0; i < captured.size(); ++i) {
    captured[i] = last_value(head.fields, settings.capture_response[i], settings.capture_length);
  }
}

AccessRecord H1Session::begin_record(base::Instant began) {
  const base::Instant now = context_.now();
  AccessRecord record;
  record.client = client_;
  record.accepted = event::wall_now() - (now - began);
  record.frontend = frontend_.settings().name;
  record.total_time = now - began;
  record.active_connections = narrow(frontend_.owner().session_count());
  record.frontend_connections = narrow(frontend_.counters.sessions.current());
  return record;
}

void H1Session::log_access() {
  const FrontendSettings& settings = frontend_.settings();
  if (context_.access == nullptr || settings.access_format == AccessFormat::kOff) return;
  Transaction& current = transaction();
  AccessRecord record = begin_record(current.first_byte);
  record.bytes_to_client = current.writer->bytes_written() - current.written_before;
  std::array<CapturedField, kMaxCaptures> request_fields;
  std::array<CapturedField, kMaxCaptures> response_fields;
  for (std::size_t i = 0; i < settings.capture_request.size(); ++i) {
    const std::string& name = settings.capture_request[i];
    request_fields[i].name = name;
    if (bad_request_) continue;
    request_fields[i].value = last_value(current.head.fields, name, settings.capture_length);
  }
  for (std::size_t i = 0; i < settings.capture_response.size(); ++i) {
    response_fields[i].name = settings.capture_response[i];
    if (i < current.captured.size()) response_fields[i].value = current.captured[i];
  }
  record.request_fields = {request_fields.data(), settings.capture_request.size()};
  record.response_fields = {response_fields.data(), settings.capture_response.size()};
  if (!bad_request_) {
    record.request_line = current.head.line;
    record.method = current.head.method_text;
    record.target = current.head.target;
    record.host = current.head.host;
    record.request_time = current.head_complete - current.first_byte;
    record.bytes_from_client = current.received;
  }
  if (current.exchange) {
    describe_exchange(record, current.exchange->report(), frontend_.backend()->backend(),
                      context_.now());
  } else {
    record.status = local_status_;
    record.termination = local_end_;
    if (statistics_) {
      record.server = "<STATS>";
      record.queue_time = record.connect_time = record.response_time = base::Duration(0);
    }
  }
  const bool in_order = record.termination.cause == '-' || record.termination.cause == 'L';
  if (lost_cause_ != '-' && in_order) {
    record.termination.cause = lost_cause_;
    record.termination.phase = 'L';  // the server had finished, the last bytes were on their way
  }
  context_.access->write(record, settings.access_format);
}

void H1Session::log_null(int status, char cause) {
  const FrontendSettings& settings = frontend_.settings();
  if (context_.access == nullptr || settings.access_format == AccessFormat::kOff) return;
  if (!settings.log_null) return;
  AccessRecord record = begin_record(accepted_);
  record.status = status;
  record.termination = {.cause = cause, .phase = 'R'};
  context_.access->write(record, settings.access_format);
}

}  // namespace hapair::lb
