// Rules at work on a request of one of a frontend's clients, whatever version of HTTP it speaks.
#pragma once

#include <memory>

#include "liblb/core/access_log.hpp"
#include "liblb/core/exchange.hpp"
#include "liblb/core/request_policy.hpp"
#include "liblb/core/rules/judge.hpp"
#include "liblb/io/frontend.hpp"

namespace hapair::tls {
class TlsStream;
}

namespace hapair::lb {

/// What rules may know of a client's connection. `ends` and `tls` may be null.
[[nodiscard]] std::unique_ptr<const rules::ConnectionFacts> facts_of(const base::Endpoint& client,
                                                                     const ClientEnds* ends,
                                                                     const tls::TlsStream* tls);

/// Takes a request through the rules of its frontend, and then those of the backend that it gets.
/// `origin`: whose the frontend's policy has found it to be; null: it has none. The judge knows the
/// request already.
void hear_rules(Frontend& frontend, const rules::ConnectionFacts& connection,
                const RequestOrigin* origin, rules::Judge& judge);

/// That a request gets by its rules; null: there is none for it.
[[nodiscard]] BackendDriver* backend_of(Frontend& frontend, const rules::Verdict& verdict);
[[nodiscard]] ExchangeTimeouts timeouts_of(const rules::Verdict& verdict);

/// Counts an answer of the rules, and tells how it is logged. `late`: it was held up.
[[nodiscard]] TerminationState note_verdict(Frontend& frontend, const rules::Verdict& verdict,
                                            bool late);

}  // namespace hapair::lb
