#include "liblb/core/access_log.hpp"

#include <array>
#include <chrono>
#include <initializer_list>

#include "common/base/text.hpp"

namespace hapair::lb {
namespace {

using base::append;

void append_two_digits(std::string& out, unsigned number) {
  if (number < 10) out += '0';
  append(out, number);
}

/// [06/Feb/2009:12:14:14.655]
void append_date(std::string& out, base::WallTime time) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));
  out += '[';
  append_two_digits(out, static_cast<unsigned>(date.day()));
  out += '/';
  out += kMonths.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3);
  out += '/';
  append(out, static_cast<int>(date.year()));
  for (const auto part :
       {clock.hours().count(), clock.minutes().count(), clock.seconds().count()}) {
    out += ':';
    append_two_digits(out, static_cast<unsigned>(part));
  }
  const auto millis = static_cast<unsigned>(clock.subseconds().count());
  out += '.';
  if (millis < 100) out += '0';
  append_two_digits(out, millis);
  out += ']';
}

/// Times in milliseconds with slashes between; -1 for a phase that was not reached.
void append_times(std::string& out, std::initializer_list<base::Duration> times) {
  char separator = ' ';
  for (const base::Duration time : times) {
    out += separator;
    if (time < base::Duration(0)) {
      out += "-1";
    } else {
      append(out, std::chrono::floor<std::chrono::milliseconds>(time).count());
    }
    separator = '/';
  }
}

/// As HAProxy does: what could end the line or its quotes becomes #XX.
void append_escaped(std::string& out, std::string_view text, std::string_view also = {}) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '#' &&
        also.find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += '#';
      out += kHex[byte >> 4];
      out += kHex[byte & 0xf];
    }
  }
}

/// %ci:%cp [%t] %ft %b/%s
void append_who(std::string& out, const AccessRecord& record) {
  out += record.client.address.to_string();
  out += ':';
  append(out, record.client.port);
  out += ' ';
  append_date(out, record.accepted + record.utc_offset);
  out += ' ';
  out += record.frontend;
  if (record.tls) out += '~';
  out += ' ';
  out += record.backend.empty() ? record.frontend : record.backend;
  out += '/';
  out += record.server.empty() ? std::string_view("<NOSRV>") : record.server;
}

/// {value|value}, and nothing where none is wanted.
void append_captured(std::string& out, std::span<const CapturedField> fields,
                     std::span<const CapturedField> by_rules = {}) {
  if (fields.empty() && by_rules.empty()) return;
  out += ' ';
  char separator = '{';
  for (const auto& part : {fields, by_rules}) {
    for (const CapturedField& field : part) {
      out += separator;
      append_escaped(out, field.value, "|{}");
      separator = '|';
    }
  }
  out += '}';
}

/// %ac/%fc/%bc/%sc/%rc %sq/%bq
void append_load(std::string& out, const AccessRecord& record) {
  for (const std::uint32_t count : {record.active_connections, record.frontend_connections,
                                    record.backend_connections, record.server_connections}) {
    append(out, count);
    out += '/';
  }
  if (record.redispatched) out += '+';
  append(out, record.retries);
  out += ' ';
  append(out, record.server_queue);
  out += '/';
  append(out, record.backend_queue);
}

}  // namespace

void append_http_log(std::string& out, const AccessRecord& record) {
  append_who(out, record);
  append_times(out, {record.request_time, record.queue_time, record.connect_time,
                     record.response_time, record.total_time});
  out += ' ';
  append(out, record.status);
  out += ' ';
  append(out, record.bytes_to_client);
  out += " - - ";  // captured cookies: there are none
  const TerminationState& end = record.termination;
  for (const char c : {end.cause, end.phase, end.cookie, end.cookie_action, ' '}) out += c;
  append_load(out, record);
  append_captured(out, record.request_fields, record.request_captures);
  append_captured(out, record.response_fields, record.response_captures);
  out += " \"";
  if (record.request_line.empty()) {
    out += "<BADREQ>";
  } else {
    append_escaped(out, record.request_line.substr(0, kMaxLoggedTarget));
  }
  out += '"';
}

void append_tcp_log(std::string& out, const AccessRecord& record) {
  append_who(out, record);
  append_times(out, {record.queue_time, record.connect_time, record.total_time});
  out += ' ';
  append(out, record.bytes_to_client);
  for (const char c : {' ', record.termination.cause, record.termination.phase, ' '}) out += c;
  append_load(out, record);
  if (!record.inspected) return;
  const std::array<CapturedField, 1> name{{{.name = "sni", .value = record.server_name}}};
  append_captured(out, name);  // where users of HAProxy capture it to
}

}  // namespace hapair::lb
