// Begins inquiries for the requests of an engine, and keeps what they share.
#pragma once

#include <memory>

#include "common/base/repeat_guard.hpp"
#include "liblb/core/forwarding.hpp"
#include "liblb/core/rules/judge.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/frontend.hpp"
#include "liblb/io/inquiry.hpp"
#include "liblb/io/password_checks.hpp"

namespace hapair::lb {

struct InquiryDesk {
  std::unique_ptr<PasswordChecks> passwords{};  ///< absent: no rule asks for one
  base::RepeatGuard failures{};                 ///< in the log
};

/// What an inquiry needs. The first two and the last two outlive it.
struct InquiryTerms {
  Context& context;
  Frontend& frontend;
  const rules::ConnectionFacts& connection;
  const RequestOrigin& origin;  ///< whose request it is
  rules::Judge& judge;
  Asker& asker;
};

/// Asks what the judge's open verdict wants to know. Null: the answer was at hand, and the verdict
/// is not open any more.
[[nodiscard]] std::unique_ptr<Inquiry> begin_inquiry(const InquiryTerms& terms);

}  // namespace hapair::lb
