#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "apps/hapair/alerts/smtp_dialog.hpp"
#include "apps/hapair/alerts/webhook_dialog.hpp"
#include "tests/fuzz/alert_dialogs_body.hpp"
#include "tests/fuzz/replay.hpp"

using namespace hapair;
using namespace hapair::alerts;
using State = Dialog::State;

namespace {

WebhookDialog webhook() {
  return WebhookDialog(
      {.host = "hooks.example:8080", .target = "/hapair?key=1", .agent = "hapair/1", .body = "{}"});
}

SmtpDialog mail(std::vector<std::string> to = {"ops@example.com"}) {
  return SmtpDialog({.own_name = "lb1",
                     .from = "hapair@example.com",
                     .to = std::move(to),
                     .text = "Subject: x\r\n\r\n.dot\r\nend\r\n"});
}

/// Has the relay say one line after the other; gives what the dialog says.
std::string talk(SmtpDialog& dialog, const std::vector<std::string>& lines) {
  std::string said = dialog.begin();
  for (const std::string& line : lines) said += dialog.on_bytes(line + "\r\n");
  return said;
}

State after(Dialog& dialog, std::string_view answer) {
  CHECK_FALSE(dialog.begin().empty());
  CHECK(dialog.on_bytes(answer).empty());
  return dialog.state();
}

/// A mail for a relay that is to take it under TLS, from somebody who logs in.
SmtpDialog guarded(bool starttls = true) {
  return SmtpDialog({.own_name = "lb1",
                     .from = "a@example.com",
                     .to = {"b@example.com"},
                     .text = "x",
                     .starttls = starttls,
                     .login = "me",
                     .password = "secret"});
}

}  // namespace

TEST_CASE("a webhook gets one POST with all that it needs") {
  WebhookDialog dialog = webhook();
  CHECK(dialog.begin() ==
        "POST /hapair?key=1 HTTP/1.1\r\nHost: hooks.example:8080\r\nUser-Agent: hapair/1\r\n"
        "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
}

TEST_CASE("a webhook's status says what became of the message") {
  const auto state_of = [](std::string_view status) {
    WebhookDialog dialog = webhook();
    return after(dialog, "HTTP/1.1 " + std::string(status) + " X\r\n\r\n");
  };
  for (const auto* good : {"200", "201", "204"}) CHECK(state_of(good) == State::kDelivered);
  for (const auto* later : {"500", "503", "429", "408"}) CHECK(state_of(later) == State::kFailed);
  for (const auto* never : {"301", "400", "404", "410"}) CHECK(state_of(never) == State::kRefused);
}

TEST_CASE("a webhook's answer may come in pieces, behind interim ones, and need not be one") {
  WebhookDialog dialog = webhook();
  const std::string answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
  for (const char c : answer) (void)dialog.on_bytes({&c, 1});
  CHECK(dialog.state() == State::kDelivered);

  WebhookDialog silent = webhook();
  (void)silent.on_bytes("HTTP/1.1 200");
  silent.on_end();
  CHECK(silent.state() == State::kFailed);
  CHECK(silent.reason() == "it closed without an answer");

  WebhookDialog odd = webhook();
  CHECK(after(odd, "220 mail.example ESMTP\r\n\r\n") == State::kFailed);
  CHECK(odd.reason().starts_with("no HTTP response: "));

  WebhookDialog chatty = webhook();
  std::string interim;
  for (int i = 0; i < 12; ++i) interim += "HTTP/1.1 102 Wait\r\n\r\n";
  CHECK(after(chatty, interim) == State::kFailed);

  WebhookDialog endless = webhook();
  CHECK(after(endless, "HTTP/1.1 200 " + std::string(20000, 'x')) == State::kFailed);
}

TEST_CASE("a mail is said as the protocol has it, dots and all") {
  SmtpDialog dialog = mail({"a@example.com", "b@example.com"});
  CHECK(talk(dialog, {"220 mail ESMTP", "250-mail", "250-SIZE 1000", "250 HELP", "250 ok", "250 ok",
                      "251 will forward", "354 go", "250 queued"}) ==
        "EHLO lb1\r\nMAIL FROM:<hapair@example.com>\r\nRCPT TO:<a@example.com>\r\n"
        "RCPT TO:<b@example.com>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\nend\r\n.\r\nQUIT\r\n");
  CHECK(dialog.state() == State::kDelivered);
  CHECK(dialog.reason().empty());
}

TEST_CASE("an old relay is greeted as it knows it") {
  SmtpDialog dialog = mail();
  CHECK(talk(dialog, {"220 hi", "502 what", "250 ok"}) ==
        "EHLO lb1\r\nHELO lb1\r\nMAIL FROM:<hapair@example.com>\r\n");
}

TEST_CASE("replies of 4yz are for now, of 5yz for good, at whatever step") {
  const std::vector<std::string> good = {"220 hi", "250 ok", "250 ok", "250 ok", "354 go"};
  for (std::size_t step = 0; step <= good.size(); ++step) {
    for (const auto& [reply, state] :
         {std::pair{"451 later", State::kFailed}, std::pair{"554 never", State::kRefused}}) {
      CAPTURE(step);
      CAPTURE(reply);
      SmtpDialog dialog = mail();
      std::vector<std::string> lines(good.begin(), good.begin() + static_cast<long>(step));
      lines.emplace_back(reply);
      CHECK(talk(dialog, lines).ends_with("QUIT\r\n"));
      CHECK(dialog.state() == state);
      CHECK(dialog.reason().find(reply) != std::string::npos);
    }
  }
}

TEST_CASE("a recipient that is refused keeps the others from nothing") {
  SmtpDialog dialog = mail({"a@example.com", "b@example.com"});
  (void)talk(dialog,
             {"220 hi", "250 ok", "250 ok", "550 no such user", "250 ok", "354 go", "250 queued"});
  CHECK(dialog.state() == State::kDelivered);
  CHECK(dialog.reason() == "a@example.com: 550 no such user");

  SmtpDialog greylisted = mail({"a@example.com", "b@example.com"});
  (void)talk(greylisted, {"220 hi", "250 ok", "250 ok", "450 later", "550 never"});
  CHECK(greylisted.state() == State::kFailed);
}

TEST_CASE("what is no SMTP, or has no end, fails") {
  for (const std::string& odd :
       {std::string("HTTP/1.1 400 Bad Request\r\n"), std::string("\r\n"), std::string("22\r\n"),
        std::string("220_hi\r\n"), std::string("120 hi\r\n"), std::string(2000, '2'),
        "220 " + std::string(2000, 'x') + "\r\n"}) {
    SmtpDialog dialog = mail();
    (void)dialog.on_bytes(odd);
    CHECK(dialog.state() == State::kFailed);
  }
  SmtpDialog endless = mail();
  for (int i = 0; i < 100; ++i) (void)endless.on_bytes("220-more\r\n");
  CHECK(endless.state() == State::kFailed);
  SmtpDialog closed = mail();
  (void)talk(closed, {"220 hi"});
  closed.on_end();
  CHECK(closed.state() == State::kFailed);
  CHECK(closed.reason() == "the relay closed the connection");
}

TEST_CASE("STARTTLS comes first, and what was said before it is forgotten") {
  SmtpDialog dialog = guarded();
  CHECK(talk(dialog, {"220 hi", "250-mail", "250-AUTH LOGIN", "250 StartTLS"}) ==
        "EHLO lb1\r\nSTARTTLS\r\n");
  CHECK_FALSE(dialog.wants_tls());
  CHECK(dialog.on_bytes("220 go ahead\r\n").empty());
  CHECK(dialog.wants_tls());
  CHECK(dialog.on_secured() == "EHLO lb1\r\n");
  CHECK_FALSE(dialog.wants_tls());
  // "\0me\0secret"
  CHECK(dialog.on_bytes("250-mail\r\n250 AUTH CRAM-MD5 PLAIN LOGIN\r\n") ==
        "AUTH PLAIN AG1lAHNlY3JldA==\r\n");
  CHECK(dialog.on_bytes("235 welcome\r\n") == "MAIL FROM:<a@example.com>\r\n");
}

TEST_CASE("LOGIN is said where PLAIN is not offered") {
  SmtpDialog dialog = guarded(false);
  CHECK(talk(dialog, {"220 hi", "250-mail", "250 auth login", "334 VXNlcm5hbWU6",
                      "334 UGFzc3dvcmQ6", "235 ok"}) ==
        "EHLO lb1\r\nAUTH LOGIN\r\nbWU=\r\nc2VjcmV0\r\nMAIL FROM:<a@example.com>\r\n");
}

TEST_CASE("what is wanted and not offered or not granted sends no mail") {
  struct Case {
    bool starttls;
    std::vector<std::string> lines;
    State state;
    std::string reason;
  };
  for (const Case& c :
       {Case{true, {"220 hi", "250 mail"}, State::kFailed, "the relay does not offer STARTTLS"},
        Case{true,
             {"220 hi", "502 what", "250 ok"},
             State::kFailed,
             "the relay does not offer STARTTLS"},
        Case{true,
             {"220 hi", "250 STARTTLS", "454 not now"},
             State::kFailed,
             "the relay says: 454 not now"},
        Case{false,
             {"220 hi", "250 AUTH GSSAPI"},
             State::kFailed,
             "the relay offers no login by PLAIN or LOGIN"},
        Case{false,
             {"220 hi", "250 AUTH PLAIN", "535 no"},
             State::kRefused,
             "the relay says: 535 no"},
        Case{false,
             {"220 hi", "250 AUTH PLAIN", "250 ok"},
             State::kFailed,
             "the relay says: 250 ok"}}) {
    SmtpDialog dialog = guarded(c.starttls);
    CHECK(talk(dialog, c.lines).find("MAIL") == std::string::npos);
    CHECK(dialog.state() == c.state);
    CHECK(dialog.reason() == c.reason);
    CHECK_FALSE(dialog.wants_tls());
  }
}

TEST_CASE("what stands in plain text behind the answer to STARTTLS ends it") {
  SmtpDialog dialog = guarded();
  (void)talk(dialog, {"220 hi", "250 STARTTLS"});
  CHECK(dialog.on_bytes("220 go\r\n250 AUTH PLAIN\r\n").empty());
  CHECK(dialog.state() == State::kFailed);
  CHECK_FALSE(dialog.wants_tls());
}

TEST_CASE("text without a last line break ends like any other") {
  CHECK(dot_stuffed("a\n.b") == "a\r\n..b\r\n.\r\n");
  CHECK(dot_stuffed("a\r\n") == "a\r\n.\r\n");
}

TEST_CASE("the corpus of answers to alerts replays") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/alert_dialogs",
                            fuzz::fuzz_alert_dialogs) >= 20);
}
