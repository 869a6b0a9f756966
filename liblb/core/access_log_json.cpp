// The access log as JSON objects; docs/configuration.md tells the keys.
#include <chrono>
#include <initializer_list>
#include <utility>

#include "common/base/text.hpp"
#include "liblb/core/access_log.hpp"

namespace hapair::lb {
namespace {

void append_key(std::string& out, std::string_view key) {
  if (out.back() != '{') out += ',';
  out += '"';
  out += key;
  out += "\":";
}

/// null where there is none.
void put_text(std::string& out, std::string_view key, std::string_view text) {
  append_key(out, key);
  if (text.empty()) {
    out += "null";
  } else {
    base::append_json_text(out, text);
  }
}

void put_number(std::string& out, std::string_view key, std::uint64_t number) {
  append_key(out, key);
  base::append(out, number);
}

void put_flag(std::string& out, std::string_view key, bool flag) {
  append_key(out, key);
  out += flag ? "true" : "false";
}

/// Milliseconds with three digits behind the point; null for a phase that was not reached.
void put_time(std::string& out, std::string_view key, base::Duration time) {
  append_key(out, key);
  if (time < base::Duration(0)) {
    out += "null";
    return;
  }
  const auto us = std::chrono::floor<std::chrono::microseconds>(time).count();
  base::append(out, us / 1000);
  const auto part = us % 1000;
  out += part < 10 ? ".00" : part < 100 ? ".0" : ".";
  base::append(out, part);
}

void put_fields(std::string& out, std::string_view key, std::span<const CapturedField> fields,
                std::span<const CapturedField> more = {}) {
  if (fields.empty() && more.empty()) return;
  append_key(out, key);
  char separator = '{';
  for (const auto& part : {fields, more}) {
    for (const CapturedField& field : part) {
      out += separator;
      base::append_json_text(out, field.name);
      out += ':';
      base::append_json_text(out, field.value);
      separator = ',';
    }
  }
  out += '}';
}

}  // namespace

void append_json_log(std::string& out, const AccessRecord& record) {
  out += '{';
  put_text(out, "time", base::format_wall_time(record.accepted));
  put_text(out, "client", record.client.address.to_string());
  put_number(out, "client_port", record.client.port);
  put_text(out, "frontend", record.frontend);
  put_text(out, "mode", record.tcp ? "tcp" : "http");
  put_flag(out, "tls", record.tls);
  put_text(out, "backend", record.backend);
  put_text(out, "server", record.server);
  if (!record.tcp) {
    put_text(out, "method", record.method);
    put_text(out, "target", record.target.substr(0, kMaxLoggedTarget));
    put_text(out, "host", record.host.substr(0, kMaxLoggedTarget));
    if (!record.request_id.empty()) put_text(out, "request_id", record.request_id);
    if (!record.user.empty()) put_text(out, "user", record.user);
    append_key(out, "status");
    record.status < 0 ? base::append(out, "null") : base::append(out, record.status);
  }
  if (record.inspected) {
    put_text(out, "sni", record.server_name);
    put_text(out, "alpn", record.protocols);
    put_text(out, "tls_version", record.tls_version);
  }
  put_number(out, "bytes_in", record.bytes_from_client);
  put_number(out, "bytes_out", record.bytes_to_client);
  if (!record.tcp) put_time(out, "request_ms", record.request_time);
  put_time(out, "queue_ms", record.queue_time);
  put_time(out, "connect_ms", record.connect_time);
  if (!record.tcp) put_time(out, "response_ms", record.response_time);
  put_time(out, "total_ms", record.total_time);
  const TerminationState& end = record.termination;
  const char letters[] = {end.cause, end.phase, end.cookie, end.cookie_action};
  put_text(out, "termination", {letters, record.tcp ? 2U : 4U});
  put_number(out, "retries", record.retries);
  put_flag(out, "redispatched", record.redispatched);
  for (const auto& [key, count] : std::initializer_list<std::pair<std::string_view, std::uint32_t>>{
           {"active_connections", record.active_connections},
           {"frontend_connections", record.frontend_connections},
           {"backend_connections", record.backend_connections},
           {"server_connections", record.server_connections},
           {"server_queue", record.server_queue},
           {"backend_queue", record.backend_queue}}) {
    put_number(out, key, count);
  }
  put_fields(out, "request_fields", record.request_fields);
  put_fields(out, "response_fields", record.response_fields);
  put_fields(out, "captures", record.request_captures, record.response_captures);
  out += '}';
}

}  // namespace hapair::lb
