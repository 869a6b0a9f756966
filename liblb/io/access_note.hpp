// What a client's session knows of an exchange that is over becomes its access record here,
// whatever version of HTTP the client speaks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "common/http/head.hpp"
#include "common/tls/client_hello.hpp"
#include "liblb/core/access_log.hpp"
#include "liblb/core/exchange.hpp"
#include "liblb/core/request_policy.hpp"
#include "liblb/core/rules/captures.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/frontend.hpp"

namespace hapair::lb {

struct AccessNote {
  base::Endpoint client{};
  bool tls = false;                         ///< the client came over TLS
  base::Instant first_byte{};               ///< when the request began to arrive
  base::Instant head_complete{};            ///< meaningful with a head
  const http::RequestHead* head = nullptr;  ///< absent where it was not understood
  const RequestNotes* notes = nullptr;      ///< absent where the frontend has no policy
  std::string_view user{};                  ///< whose password was good; empty: none was asked for
  std::uint64_t bytes_from_client = 0;
  std::uint64_t bytes_to_client = 0;
  std::span<const std::string> captured{};    ///< of the response; see capture_fields()
  const rules::Captures* captures = nullptr;  ///< absent where there are no rules
  const Exchange* exchange = nullptr;         ///< absent where it was answered here
  // Of an answer made here:
  int status = -1;
  TerminationState end{};
  bool statistics = false;  ///< it was the statistics page
  /// Why a response was given up that the server had finished; '-': it was not.
  char lost_cause = '-';
};

/// Exchanges of this frontend are written down.
[[nodiscard]] bool logs_access(const Context& context, const FrontendSettings& settings);

/// A record with what is in every line: client, times and counts. Its texts live as long as the
/// frontend. `since`: what its total time is counted from.
[[nodiscard]] AccessRecord begin_record(const Context& context, Frontend& frontend,
                                        const base::Endpoint& client, base::Instant since);
/// Of a connection in mode tcp, in one of the formats for such.
void write_tcp_record(Context& context, Frontend& frontend, AccessRecord& record);

void write_access(Context& context, Frontend& frontend, const AccessNote& note);

/// The client went, or took too long, before the first byte of its first request. Written only
/// where the frontend wants to know of such.
void log_null_access(Context& context, Frontend& frontend, const base::Endpoint& client, bool tls,
                     base::Instant accepted, int status, char cause);

struct RefusedConnection {
  base::Endpoint client{};
  bool tls = false;
  base::Instant accepted{};
  const tls::ClientHello* hello = nullptr;  ///< absent where none was read
  TerminationState end{};
};

/// Into the record of a connection whose client opened TLS with that; `version` outlives it.
void note_hello(AccessRecord& record, const tls::ClientHello& hello, std::string& version);

/// A connection in mode tcp that was closed, for a fault of its client, before there was a backend
/// for it.
void log_refused_connection(Context& context, Frontend& frontend, const RefusedConnection& refused);

/// The values of the response's fields that the frontend captures.
void capture_fields(const Context& context, const FrontendSettings& settings,
                    const http::ResponseHead& head, std::vector<std::string>& captured);

}  // namespace hapair::lb
