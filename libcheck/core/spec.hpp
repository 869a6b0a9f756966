// What to check and how often. Two targets with equal specs are served by one probe, so every field
// that shows on the wire or in time is part of the comparison; rise and fall are not: they belong
// to the target that hears the result.
//
// A kind of check is a plain struct, an alternative of CheckKind; its prober is in libcheck/io, and
// make_prober() there names it. Equality of kinds is that of their structs.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "libcheck/core/agent_dialogue.hpp"
#include "libcheck/core/dns_query.hpp"
#include "libcheck/core/grpc_check.hpp"
#include "libcheck/core/http_check.hpp"
#include "libcheck/core/ldap_dialogue.hpp"
#include "libcheck/core/mysql_dialogue.hpp"
#include "libcheck/core/postgresql_dialogue.hpp"
#include "libcheck/core/redis_dialogue.hpp"
#include "libcheck/core/schedule.hpp"
#include "libcheck/core/scripted_dialogue.hpp"
#include "libcheck/core/smtp_dialogue.hpp"
#include "libcheck/core/udp_inquiry.hpp"

namespace hapair::check {

/// A connection is enough; under TLS the handshake.
struct TcpCheck {
  auto operator<=>(const TcpCheck&) const = default;
};

using CheckKind =
    std::variant<TcpCheck, HttpCheck, GrpcCheck, ScriptedCheck, SmtpCheck, MysqlCheck,
                 PostgresqlCheck, RedisCheck, LdapCheck, DnsCheck, UdpCheck, AgentCheck>;

/// For kinds over TCP: all they say goes under TLS, or all from some point on. Every handshake is a
/// whole one, never a resumed session: a check finds what a client finds that comes for the first
/// time.
struct TlsLayer {
  std::size_t context = 0;  ///< which of the runner's: whom to trust, what to ask for
  /// A certificate that is good for fewer days passes with a warning; 0: nobody looks.
  std::uint16_t certificate_days = 0;
  /// It begins in plain text, and the kind says when it changes over (STARTTLS).
  bool on_demand = false;

  auto operator<=>(const TlsLayer&) const = default;
};

struct CheckSpec {
  CheckKind kind = TcpCheck{};
  base::Endpoint endpoint;
  Intervals intervals{};
  base::Duration timeout = std::chrono::seconds(2);  ///< for the whole check; above 0

  /// 1 or 2: a PROXY header of that version goes first, which names nobody; 0: none.
  std::uint8_t proxy_version = 0;

  /// Where it leaves from, of the endpoint's family; absent: where the runner's probes do.
  std::optional<base::IpAddress> source{};

  std::optional<TlsLayer> tls{};  ///< absent: in plain text

  auto operator<=>(const CheckSpec&) const = default;
};

}  // namespace hapair::check
