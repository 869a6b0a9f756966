#include "liblb/io/inquiry_desk.hpp"

#include <variant>

#include "liblb/io/auth_request.hpp"
#include "liblb/io/password_inquiry.hpp"

namespace hapair::lb {

std::unique_ptr<Inquiry> begin_inquiry(const InquiryTerms& terms) {
  const rules::Question& question = terms.judge.verdict().question;
  if (const auto* const forward = std::get_if<const rules::ForwardAuth*>(&question)) {
    return AuthRequest::begin(terms, **forward);
  }
  return PasswordInquiry::begin(terms, *std::get<const rules::BasicAuth*>(question));
}

}  // namespace hapair::lb
