#include "libcheck/core/smtp_dialogue.hpp"
#include "talk.hpp"

using namespace hapair::check;

namespace {

std::unique_ptr<Dialogue> smtp() { return make_dialogue(SmtpCheck{.hello_name = "lb.example"}); }

}  // namespace

TEST_CASE("smtp: greeting, EHLO with our name, QUIT; the greeting is what is shown") {
  Talk talk(smtp());
  CHECK(talk.sent.empty());
  talk.hear("220 mx.example ESMTP\r\n");
  CHECK(talk.sent == "EHLO lb.example\r\n");
  talk.hear("250-mx.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
  CHECK(talk.sent == "EHLO lb.example\r\nQUIT\r\n");
  CHECK(talk.outcome() == "waiting");
  talk.hear("221 bye\r\n");
  CHECK(talk.outcome() == "L7OK 250: mx.example ESMTP");
}

TEST_CASE("smtp: a server that only knows HELO is up, one that knows neither is not") {
  Talk old(smtp());
  old.hear("220 x\r\n").hear("502 what\r\n");
  CHECK(old.sent == "EHLO lb.example\r\nHELO lb.example\r\n");
  old.hear("250 hello\r\n221 bye\r\n");
  CHECK(old.outcome() == "L7OK 250: x");
  CHECK(outcome_of(smtp, "220 x\r\n502 what\r\n502 no\r\n") == "L7STS 502: no");
}

TEST_CASE("smtp: a server that does not take mail now says so, and we take leave") {
  Talk talk(smtp());
  talk.hear("554 no service\r\n");
  CHECK(talk.outcome() == "L7STS 554: no service");
  CHECK(talk.sent == "QUIT\r\n");
  CHECK(outcome_of(smtp, "220 x\r\n421 busy\r\n") == "L7STS 421: busy");
}

TEST_CASE("smtp: a server that closes instead of answering QUIT was up; before that it is not") {
  CHECK(outcome_of(smtp, "220 x\r\n250 y\r\n") == "L7OK 250: x");
  CHECK(outcome_of(smtp, "") == "L7RSP: closed before the greeting");
  CHECK(outcome_of(smtp, "220 x") == "L7RSP: closed within the greeting");
  CHECK(outcome_of(smtp, "220 x\r\n") == "L7RSP: closed before the reply to EHLO");
}

TEST_CASE("smtp: STARTTLS where the server offers it, and the rest once more") {
  const auto starttls = [] {
    return make_dialogue(SmtpCheck{.hello_name = "lb.example", .starttls = true});
  };
  Talk talk(starttls());
  talk.hear("220 x\r\n").hear("250-y\r\n250 StartTLS\r\n");
  CHECK(talk.sent == "EHLO lb.example\r\nSTARTTLS\r\n");
  CHECK_FALSE(talk.secured);
  talk.hear("220 go\r\n");
  CHECK(talk.secured);
  CHECK(talk.sent == "EHLO lb.example\r\nSTARTTLS\r\nEHLO lb.example\r\n");
  talk.hear("250 y\r\n").hear("221 bye\r\n");
  CHECK(talk.outcome() == "L7OK 250: x");

  CHECK(outcome_of(starttls, "220 x\r\n250 y\r\n") == "L7STS: no STARTTLS is offered");
  CHECK(outcome_of(starttls, "220 x\r\n502 what\r\n250 y\r\n") == "L7STS: no STARTTLS is offered");
  CHECK(outcome_of(starttls, "220 x\r\n250 STARTTLS\r\n454 not now\r\n") == "L7STS 454: not now");
  Talk injected(starttls());
  injected.hear("220 x\r\n250 STARTTLS\r\n220 go\r\n250 y\r\n");
  CHECK(injected.outcome() == "L7RSP: more in plain text behind the change to TLS");
  CHECK_FALSE(injected.secured);
}

TEST_CASE("smtp: what is no reply is refused") {
  CHECK(outcome_of(smtp, "SSH-2.0-x\r\n") == "L7RSP: no SMTP reply: SSH-2.0-x");
  CHECK(outcome_of(smtp, "22\r\n") == "L7RSP: no SMTP reply: 22");
  CHECK(outcome_of(smtp, "220x\r\n") == "L7RSP: no SMTP reply: 220x");
  CHECK(outcome_of(smtp, "199 x\r\n") == "L7RSP: no SMTP reply: 199 x");
  CHECK(outcome_of(smtp, "220-x\r\n250 y\r\n") ==
        "L7RSP: the lines of one reply have different codes");
  std::string flood;
  for (int i = 0; i < 129; ++i) flood += "220-x\r\n";
  CHECK(outcome_of(smtp, flood) == "L7RSP: a reply of too many lines");
  CHECK(outcome_of(smtp, std::string(20'000, '2')) == "L7RSP: the answer is too long");
}

TEST_CASE("smtp: what was awaited when the time was up is told") {
  Talk talk(smtp());
  CHECK(talk.timeout() == "L7TOUT: no greeting in time");
  Talk hung(smtp());
  hung.hear("220 x\r\n502 what\r\n");
  CHECK(hung.timeout() == "L7TOUT: no reply to HELO in time");
  Talk leaving(smtp());
  leaving.hear("220 x\r\n250 y\r\n");
  CHECK(leaving.timeout() == "L7TOUT: no reply to QUIT in time");
}
