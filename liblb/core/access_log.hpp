// One line for each exchange, in the formats that log tools for HAProxy read (httplog and tcplog)
// or as a JSON object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"

namespace hapair::lb {

/// A phase that was not reached.
inline constexpr base::Duration kPhaseNotReached{-1};

/// More of a request line or target is not written, as in HAProxy.
inline constexpr std::size_t kMaxLoggedTarget = 1024;

/// How the exchange ended, HAProxy's four characters, each '-' when there is nothing to say.
struct TerminationState {
  char cause = '-';          ///< C c S s P L R I D U K -
  char phase = '-';          ///< R Q C H D L T -
  char cookie = '-';         ///< what the client sent (HTTP only)
  char cookie_action = '-';  ///< what was done to it (HTTP only)

  bool operator==(const TerminationState&) const = default;
};

/// A header field that the frontend wants in its lines, or what its rules capture by a name.
struct CapturedField {
  std::string_view name;
  std::string_view value;  ///< empty where the message does not have it
};

/// Views must live until the line is formatted. Names of the fields follow HAProxy's log format.
struct AccessRecord {
  base::Endpoint client;         ///< %ci:%cp
  base::WallTime accepted{};     ///< %tr: first byte of the request (HTTP) or accept (TCP)
  base::Duration utc_offset{0};  ///< local time before UTC: dates without a zone are local ones
  std::string_view frontend;     ///< %ft; "~" is appended when `tls`
  bool tcp = false;              ///< the frontend's mode
  bool tls = false;
  std::string_view backend;  ///< %b; the frontend's name when none was chosen
  std::string_view server;   ///< %s; empty: "<NOSRV>"; "<STATS>" for the statistics page

  base::Duration request_time = kPhaseNotReached;   ///< %TR first byte to complete head
  base::Duration queue_time = kPhaseNotReached;     ///< %Tw
  base::Duration connect_time = kPhaseNotReached;   ///< %Tc, retries included
  base::Duration response_time = kPhaseNotReached;  ///< %Tr request sent to response head
  base::Duration total_time{0};                     ///< %Ta (HTTP), %Tt (TCP)

  int status = -1;                    ///< %ST; -1: no response was sent
  std::uint64_t bytes_to_client = 0;  ///< %B: head and body
  std::uint64_t bytes_from_client = 0;
  TerminationState termination;  ///< %tsc, %ts

  std::uint32_t active_connections = 0;    ///< %ac: of the whole process
  std::uint32_t frontend_connections = 0;  ///< %fc
  std::uint32_t backend_connections = 0;   ///< %bc
  std::uint32_t server_connections = 0;    ///< %sc
  std::uint32_t retries = 0;               ///< %rc
  bool redispatched = false;               ///< puts "+" before %rc
  std::uint32_t server_queue = 0;          ///< %sq: requests before this one
  std::uint32_t backend_queue = 0;         ///< %bq

  bool inspected = false;        ///< mode tcp: the client's first message under TLS was read
  std::string_view server_name;  ///< the host that it asks for; may be empty
  std::string_view protocols;    ///< that it offers (ALPN), with commas between; may be empty
  std::string_view tls_version;  ///< the highest that it offers: "TLS 1.3"

  std::string_view request_line;  ///< %r; empty: "<BADREQ>"
  std::string_view method;        ///< these three are empty where it was not understood
  std::string_view target;
  std::string_view host;
  std::string_view request_id;  ///< in JSON only; empty: not written
  std::string_view user;        ///< likewise

  std::span<const CapturedField> request_fields{};   ///< %hr; none: no braces
  std::span<const CapturedField> response_fields{};  ///< %hs
  // By rules, in the braces behind those fields:
  std::span<const CapturedField> request_captures{};
  std::span<const CapturedField> response_captures{};
};

/// Appends the line without a newline; `out` keeps its capacity from call to call.
void append_http_log(std::string& out, const AccessRecord& record);
void append_tcp_log(std::string& out, const AccessRecord& record);
/// One JSON object (RFC 8259); bytes above 0x7f are written as the Latin-1 characters they would
/// be.
void append_json_log(std::string& out, const AccessRecord& record);

}  // namespace hapair::lb
