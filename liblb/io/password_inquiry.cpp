#include "liblb/io/password_inquiry.hpp"

#include <optional>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::lb {
namespace {

constexpr int kUnauthorized = 401;
constexpr int kUnavailable = 503;
constexpr std::string_view kCredentials = "Authorization";

void admit(rules::Judge& judge, const rules::BasicAuth& auth, std::string user) {
  judge.set_user(std::move(user));
  if (!auth.pass) judge.request_edits().remove(kCredentials);
  judge.admit();
}

/// RFC 7617, section 2; the text of a realm has nothing that would have to be escaped.
void challenge(rules::Judge& judge, const rules::BasicAuth& auth) {
  judge.refuse({.status = kUnauthorized,
                .fields = {{"WWW-Authenticate",
                            base::concat("Basic realm=\"", auth.realm, "\", charset=\"UTF-8\"")}}});
}

/// With two such fields servers would not know which one counts: so none does.
std::optional<rules::BasicCredentials> credentials_in(const http::RequestHead& head) {
  std::optional<rules::BasicCredentials> found;
  bool seen = false;
  for (const http::Field& field : head.fields) {
    if (!base::equals_ignoring_case(field.name, kCredentials)) continue;
    if (std::exchange(seen, true)) return std::nullopt;
    found = rules::parse_basic_credentials(field.value);
  }
  return found;
}

}  // namespace

std::unique_ptr<Inquiry> PasswordInquiry::begin(const InquiryTerms& terms,
                                                const rules::BasicAuth& auth) {
  auto given = credentials_in(terms.judge.head());
  if (!given) {
    challenge(terms.judge, auth);
    return nullptr;
  }
  const auto& checks = terms.frontend.owner().inquiries().passwords;
  if (checks) {
    const UserLists& users = terms.frontend.owner().users();
    const auto digest = checks->digest_of(users, auth.users, *given);
    if (checks->knows(digest)) {
      admit(terms.judge, auth, std::move(given->user));
      return nullptr;
    }
    auto inquiry =
        std::unique_ptr<PasswordInquiry>(new PasswordInquiry(terms, auth, given->user, digest));
    inquiry->waits_ = checks->submit(digest, users.lists.at(auth.users), *std::move(given),
                                     terms.origin.client, *inquiry);
    if (inquiry->waits_) return inquiry;
  }
  terms.judge.refuse({.status = kUnavailable, .cause = 'R'});
  return nullptr;
}

PasswordInquiry::PasswordInquiry(const InquiryTerms& terms, const rules::BasicAuth& auth,
                                 std::string user, const PasswordChecks::Digest& digest)
    : context_(terms.context),
      checks_(*terms.frontend.owner().inquiries().passwords),
      judge_(terms.judge),
      asker_(terms.asker),
      auth_(auth),
      user_(std::move(user)),
      digest_(digest),
      task_(event::Callback<>::to<&PasswordInquiry::tell>(this)),
      timer_(event::Callback<>::to<&PasswordInquiry::tell>(this)),
      asked_(context_.now()) {}

PasswordInquiry::~PasswordInquiry() {
  if (waits_) checks_.withdraw(digest_, *this);
}

void PasswordInquiry::on_outcome(bool good) {
  waits_ = false;
  good_ = good;
  if (good) {
    context_.work.add(task_);  // others are told in the same call, and one may end another
  } else {
    const auto pauses = (context_.now() - asked_) / kPause + 1;
    context_.wheel.arm(timer_, asked_ + pauses * kPause);
  }
}

void PasswordInquiry::tell() noexcept {
  if (good_) {
    admit(judge_, auth_, std::move(user_));
  } else {
    challenge(judge_, auth_);
  }
  asker_.on_answer();
}

}  // namespace hapair::lb
