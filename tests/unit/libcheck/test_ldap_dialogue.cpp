#include "libcheck/core/ldap_dialogue.hpp"
#include "talk.hpp"

using namespace hapair::check;

namespace {

std::unique_ptr<Dialogue> anonymous() { return make_dialogue(LdapCheck{}); }

const std::string kSuccess = bytes("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00");
const std::string kUnbind = bytes("\x30\x05\x02\x01\x02\x42\x00");

}  // namespace

TEST_CASE("ldap: an anonymous bind succeeds, and an unbind takes leave") {
  Talk talk(anonymous());
  CHECK(talk.sent == bytes("\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"));
  talk.hear(kSuccess);
  CHECK(talk.outcome() == "L7OK: bind succeeded");
  CHECK(talk.sent.ends_with(kUnbind));
  CHECK(outcome_of(anonymous, kSuccess) == "L7OK: bind succeeded");
}

TEST_CASE("ldap: a simple bind says name and password, however long") {
  Talk talk(make_dialogue(LdapCheck{.bind_dn = "cn=check", .password = "geheim"}));
  CHECK(talk.sent == bytes("\x30\x1a\x02\x01\x01\x60\x15\x02\x01\x03\x04\x08"
                           "cn=check\x80\x06geheim"));
  Talk lengthy(make_dialogue(LdapCheck{.bind_dn = std::string(300, 'x'), .password = "y"}));
  CHECK(lengthy.sent.starts_with(bytes("\x30\x82\x01\x3d\x02\x01\x01\x60\x82\x01\x36")));
  CHECK(lengthy.sent.size() == 0x13d + 4);
}

TEST_CASE("ldap: a bind that fails is told with its result and the server's words") {
  CHECK(outcome_of(anonymous, bytes("\x30\x0f\x02\x01\x01\x61\x0a\x0a\x01\x31\x04\x00\x04\x03"
                                    "bad")) == "L7STS: invalidCredentials (49): bad");
  CHECK(outcome_of(anonymous, bytes("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x50\x04\x00\x04\x00")) ==
        "L7STS: result (80)");
  for (const int code : {8, 13, 32, 48, 51, 52, 53}) {
    std::string answer = kSuccess;
    answer[9] = static_cast<char>(code);
    CHECK(outcome_of(anonymous, answer).ends_with("(" + std::to_string(code) + ")"));
  }
}

TEST_CASE("ldap: a notice of disconnection is told") {
  CHECK(outcome_of(anonymous, bytes("\x30\x0e\x02\x01\x00\x78\x09\x0a\x01\x34\x04\x00\x04\x02"
                                    "by")) == "L7STS: unavailable (52): by");
  CHECK(outcome_of(anonymous, bytes("\x30\x05\x02\x01\x00\x78\x00")) ==
        "L7RSP: a notice without a result");
}

TEST_CASE("ldap: lengths may be written long, and lies about them are refused") {
  CHECK(outcome_of(anonymous, bytes("\x30\x84\x00\x00\x00\x10\x02\x01\x01\x61\x84\x00\x00\x00\x07"
                                    "\x0a\x01\x00\x04\x00\x04\x00")) == "L7OK: bind succeeded");
  CHECK(outcome_of(anonymous, bytes("\x30\x80")) == "L7RSP: no LDAP message: 0\\x80");
  CHECK(outcome_of(anonymous, bytes("\x30\x85\0\0\0\0\0")).starts_with("L7RSP: no LDAP message"));
  CHECK(outcome_of(anonymous, bytes("\x30\x84\x7f\xff\xff\xff"))
            .starts_with("L7RSP: no LDAP message"));
  CHECK(outcome_of(anonymous, bytes("\x30\x05\x02\x01\x01\x61\x40")) ==
        "L7RSP: a message without an id or an answer");
  CHECK(outcome_of(anonymous, bytes("\x30\x05\x02\x01\x01\x61\x80")) ==
        "L7RSP: a message without an id or an answer");
}

TEST_CASE("ldap: what is no answer to the bind is refused") {
  CHECK(outcome_of(anonymous, "SSH").starts_with("L7RSP: no LDAP message"));
  CHECK(outcome_of(anonymous, "0") == "L7RSP: closed within the answer to the bind");
  CHECK(outcome_of(anonymous, bytes("\x30\x84\x00")) ==
        "L7RSP: closed within the answer to the bind");
  CHECK(outcome_of(anonymous, bytes("\x30\x05\x02\x01\x07\x61\x00")) ==
        "L7RSP: an answer to something else");
  CHECK(outcome_of(anonymous, bytes("\x30\x05\x02\x01\x01\x65\x00")) ==
        "L7RSP: an answer to something else");
  CHECK(outcome_of(anonymous, bytes("\x30\x05\x02\x01\x01\x61\x00")) ==
        "L7RSP: a bind response without a result");
  CHECK(outcome_of(anonymous, bytes("\x30\x06\x02\x00\x61\x02\x0a\x00")) ==
        "L7RSP: a message without an id or an answer");
}
