// Rules at work on a request of one of a frontend's clients, whatever version of HTTP it speaks.
#pragma once

#include <memory>
#include <string>

#include "common/http/reply.hpp"
#include "liblb/core/access_log.hpp"
#include "liblb/core/exchange.hpp"
#include "liblb/core/request_policy.hpp"
#include "liblb/core/rules/judge.hpp"
#include "liblb/io/frontend.hpp"
#include "liblb/io/inquiry_desk.hpp"

namespace hapair::tls {
class TlsStream;
}

namespace hapair::lb {

/// What rules may know of a client's connection. `ends` and `tls` may be null.
[[nodiscard]] std::unique_ptr<const rules::ConnectionFacts> facts_of(const base::Endpoint& client,
                                                                     const ClientEnds* ends,
                                                                     const tls::TlsStream* tls);

/// Takes the request that the judge has begun with through the rules of its frontend, and then
/// those of the backend that it gets, up to where something must be found out that is not at hand:
/// what asks for that is returned, and once it has told its asker the request goes on here. Null:
/// the verdict stands.
[[nodiscard]] std::unique_ptr<Inquiry> hear_rules(const InquiryTerms& terms);

/// That a request gets; null: there is none for it. `judge`: who has heard its rules; null: there
/// are none.
[[nodiscard]] BackendDriver* backend_of(Frontend& frontend, const rules::Judge* judge);

/// A page of that backend (null: of none) goes before what the terms have.
void use_page_of(const BackendDriver* backend, int status, http::ErrorTerms& terms);

/// The response of a verdict that the judge has come to; with a page of the backend whose rules
/// they are, where it has one.
[[nodiscard]] std::string render_verdict(Frontend& frontend, const rules::Judge& judge,
                                         http::ErrorTerms terms);

/// Counts an answer of the rules, and tells how it is logged. `late`: it was held up.
[[nodiscard]] TerminationState note_verdict(Frontend& frontend, const rules::Verdict& verdict,
                                            bool late);

}  // namespace hapair::lb
