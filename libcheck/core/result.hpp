// What one check of a target found, in HAProxy's codes and words, which operators and their tools
// know. A result is evidence about the target only when it passed or failed; a shortage on our own
// side (no descriptor left) says nothing about the server and moves no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.hpp"

namespace hapair::check {

enum class CheckCode : std::uint8_t {
  kSocketError,     ///< SOCKERR: this node could not even try
  kL4Ok,            ///< L4OK: connected
  kL4Timeout,       ///< L4TOUT: no answer to the connection attempt
  kL4Refused,       ///< L4CON: refused, unreachable, reset
  kL6Ok,            ///< L6OK: the TLS handshake is done
  kL6Timeout,       ///< L6TOUT: connected, but no whole handshake in time
  kL6BadResponse,   ///< L6RSP: the handshake failed, or the certificate is no good
  kL7Ok,            ///< L7OK: the answer was as expected
  kL7Timeout,       ///< L7TOUT: connected, but no whole answer in time
  kL7BadResponse,   ///< L7RSP: closed early, or not the protocol
  kL7WrongStatus,   ///< L7STS: a well-formed answer with a status that is not expected
  kProcessOk,       ///< PROCOK: the external check said so
  kProcessTimeout,  ///< PROCTOUT: it took too long
  kProcessError,    ///< PROCERR: it said no, or could not be run
  // HAProxy checks nothing below layer 4 and nothing of its own host, so these words are ours.
  kL3Ok,       ///< L3OK: the echo came back, or the kernel has found the neighbour
  kL3Timeout,  ///< L3TOUT: no answer in time
  kL3Failed,   ///< L3CON: unreachable, or there is no such neighbour
  kStateGood,  ///< STOK: something of this host is as it should be
  kStateBad,   ///< STBAD: it is not
  kObserved,   ///< HANA: no check, but what its traffic met with
};

enum class Outcome : std::uint8_t { kPassed, kFailed, kInconclusive };

/// "L7STS", as in HAProxy's statistics and logs.
[[nodiscard]] std::string_view short_name(CheckCode code);
/// "Layer7 wrong status", as in HAProxy's logs.
[[nodiscard]] std::string_view phrase(CheckCode code);
[[nodiscard]] Outcome outcome(CheckCode code);

/// What an agent on the server says of it besides whether it is well. What it leaves out stays as
/// it said before.
struct AgentWord {
  enum class Admin : std::uint8_t {
    kNothing,      ///< it does not say
    kReady,        ///< the other two are over
    kDrain,        ///< no new traffic
    kMaintenance,  ///< no traffic
  };
  enum class Health : std::uint8_t {
    kNothing,  ///< it does not say
    kUp,
    kDown,  ///< whatever the checks say
  };

  /// More is as good as none.
  static constexpr std::uint32_t kMaxConnections = 1'000'000;

  std::optional<std::uint16_t> weight_percent{};   ///< 0 to 256 % of the configured weight
  std::optional<std::uint32_t> max_connections{};  ///< 0 to kMaxConnections; 0: no limit
  Admin admin = Admin::kNothing;
  Health health = Health::kNothing;
};

struct CheckResult {
  /// What a server sent is kept and shown up to this many bytes.
  static constexpr std::size_t kMaxInfo = 80;

  CheckCode code = CheckCode::kSocketError;
  std::uint16_t status = 0;  ///< the HTTP status; 0 where there was none
  base::Duration duration{};
  std::string info;    ///< detail fit for a log line: the errno's text, the reason phrase
  bool warns = false;  ///< it passed, but somebody should look: the target is degraded
  std::optional<AgentWord> agent{};  ///< of checks that ask an agent
};

/// `Layer7 wrong status, code: 500, info: "Internal Server Error", check duration: 2ms`; of a state
/// of this host the detail alone: `eth1 has no carrier`.
[[nodiscard]] std::string describe(const CheckResult& result);

}  // namespace hapair::check
