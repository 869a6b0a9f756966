#include "liblb/io/access_note.hpp"

#include <array>
#include <optional>

#include "common/event/clock.hpp"
#include "liblb/io/access_sink.hpp"

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
  record.termination.cookie = report.cookie;
  record.termination.cookie_action = report.cookie_action;
}

/// What was captured by each of these names; empty where nothing was.
std::vector<CapturedField> captured_by(const std::vector<std::string>& names,
                                       const rules::Captures* captures) {
  std::vector<CapturedField> fields;
  for (const std::string& name : names) {
    fields.push_back({.name = name, .value = captures != nullptr ? captures->find(name) : ""});
  }
  return fields;
}

void describe_request(AccessRecord& record, const AccessNote& note) {
  record.request_line = note.head->line;
  record.method = note.head->method_text;
  record.target = note.head->target;
  record.host = note.head->host;
  record.user = note.user;
  record.request_time = note.head_complete - note.first_byte;
  record.bytes_from_client = note.bytes_from_client;
}

/// Of a client behind proxies that are trusted no port is known.
void describe_origin(AccessRecord& record, const RequestNotes& notes) {
  if (notes.origin.client != record.client.address) record.client = {notes.origin.client, 0};
  record.request_id = notes.id;
}

}  // namespace

bool logs_access(const Context& context, const FrontendSettings& settings) {
  return context.access != nullptr && settings.access_format != AccessFormat::kOff;
}

void capture_fields(const Context& context, const FrontendSettings& settings,
                    const http::ResponseHead& head, std::vector<std::string>& captured) {
  if (settings.capture_response.empty() || context.access == nullptr) return;
  captured.resize(settings.capture_response.size());
  for (std::size_t i = 0; i < captured.size(); ++i) {
    captured[i] =
        rules::last_value(head.fields, settings.capture_response[i], settings.capture_length);
  }
}

AccessRecord begin_record(const Context& context, Frontend& frontend, const base::Endpoint& client,
                          base::Instant since) {
  AccessRecord record;
  record.client = client;
  record.total_time = context.now() - since;
  record.accepted = event::wall_now() - record.total_time;
  record.frontend = frontend.settings().name;
  record.active_connections = narrow(frontend.owner().session_count());
  record.frontend_connections = narrow(frontend.counters.sessions.current());
  return record;
}

void write_tcp_record(Context& context, Frontend& frontend, AccessRecord& record) {
  record.tcp = true;
  const AccessFormat format = frontend.settings().access_format;
  context.access->write(record, format == AccessFormat::kJson ? format : AccessFormat::kTcp);
}

void write_access(Context& context, Frontend& frontend, const AccessNote& note) {
  const FrontendSettings& settings = frontend.settings();
  if (!logs_access(context, settings)) return;
  AccessRecord record = begin_record(context, frontend, note.client, note.first_byte);
  record.tls = note.tls;
  record.bytes_to_client = note.bytes_to_client;
  std::array<CapturedField, kMaxCaptures> request_fields;
  std::array<CapturedField, kMaxCaptures> response_fields;
  for (std::size_t i = 0; i < settings.capture_request.size(); ++i) {
    const std::string& name = settings.capture_request[i];
    request_fields[i].name = name;
    if (note.head == nullptr) continue;
    request_fields[i].value = rules::last_value(note.head->fields, name, settings.capture_length);
  }
  for (std::size_t i = 0; i < settings.capture_response.size(); ++i) {
    response_fields[i].name = settings.capture_response[i];
    if (i < note.captured.size()) response_fields[i].value = note.captured[i];
  }
  record.request_fields = {request_fields.data(), settings.capture_request.size()};
  record.response_fields = {response_fields.data(), settings.capture_response.size()};
  const rules::CaptureNames& names = frontend.capture_names();
  const auto request_captures = captured_by(names.request, note.captures);
  const auto response_captures = captured_by(names.response, note.captures);
  record.request_captures = request_captures;
  record.response_captures = response_captures;
  if (note.head != nullptr) describe_request(record, note);
  if (note.notes != nullptr) describe_origin(record, *note.notes);
  if (note.exchange != nullptr) {
    describe_exchange(record, note.exchange->report(), note.exchange->backend(), context.now());
  } else {
    record.status = note.status;
    record.termination = note.end;
    if (note.statistics) {
      record.server = "<STATS>";
      record.queue_time = record.connect_time = record.response_time = base::Duration(0);
    }
  }
  const bool in_order = record.termination.cause == '-' || record.termination.cause == 'L';
  if (note.lost_cause != '-' && in_order) {
    record.termination.cause = note.lost_cause;
    record.termination.phase = 'L';  // the server had finished, the last bytes were on their way
  }
  context.access->write(record, settings.access_format);
}

void note_hello(AccessRecord& record, const tls::ClientHello& hello, std::string& version) {
  version = tls::version_name(hello.version);
  record.inspected = true;
  record.server_name = hello.server_name;
  record.protocols = hello.protocols;
  record.tls_version = version;
}

void log_refused_connection(Context& context, Frontend& frontend,
                            const RefusedConnection& refused) {
  const FrontendSettings& settings = frontend.settings();
  if (!logs_access(context, settings)) return;
  AccessRecord record = begin_record(context, frontend, refused.client, refused.accepted);
  record.tls = refused.tls;
  record.termination = refused.end;
  record.inspected = settings.inspect_tls.has_value();
  std::string version;
  if (refused.hello != nullptr) note_hello(record, *refused.hello, version);
  write_tcp_record(context, frontend, record);
}

void log_null_access(Context& context, Frontend& frontend, const base::Endpoint& client, bool tls,
                     base::Instant accepted, int status, char cause) {
  if (!frontend.settings().log_null) return;
  AccessNote note;
  note.client = client;
  note.tls = tls;
  note.first_byte = accepted;
  note.status = status;
  note.end = {.cause = cause, .phase = 'R'};
  write_access(context, frontend, note);
}

}  // namespace hapair::lb
