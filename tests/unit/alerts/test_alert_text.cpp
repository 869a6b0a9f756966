#include <doctest/doctest.h>

#include "apps/hapair/alerts/alert_text.hpp"

using namespace hapair;
using namespace hapair::alerts;
using namespace std::chrono_literals;

namespace {

constexpr base::WallTime kNow{std::chrono::seconds(1'795'691'109)};
const Sender kSender{.node = "lb1", .cluster = "web", .version = "1.0"};

Alert down() {
  return {.number = 7,
          .id = "check-state",
          .subject = "web_server/node1",
          .from = "up",
          .to = "down",
          .cause = "Layer4 timeout",
          .wall = kNow - 2s};
}

}  // namespace

TEST_CASE("an alert is a sentence") {
  CHECK(sentence_of(down()) == "web_server/node1 is down (was up): Layer4 timeout");
  CHECK(sentence_of({.subject = "VI_1", .cause = "gone"}) == "VI_1: gone");
  CHECK(sentence_of({.subject = "web", .to = "up"}) == "web is up");
}

TEST_CASE("a webhook gets JSON with a text and each event") {
  Alert second = down();
  second.number = 8;
  second.subject = "web_server/\"node\" 2\n";
  CHECK(webhook_body(kSender, {down(), second}, 3, kNow) ==
        "{\"node\":\"lb1\",\"cluster\":\"web\",\"version\":\"1.0\","
        "\"time\":\"2026-11-26T11:05:09.000Z\","
        "\"text\":\"[lb1] web_server/node1 is down (was up): Layer4 timeout\\n"
        "[lb1] web_server/\\\"node\\\" 2\\n is down (was up): Layer4 timeout\",\"lost\":3,"
        "\"events\":[{\"number\":7,\"time\":\"2026-11-26T11:05:07.000Z\",\"id\":\"check-state\","
        "\"subject\":\"web_server/node1\",\"from\":\"up\",\"to\":\"down\","
        "\"cause\":\"Layer4 timeout\"},"
        "{\"number\":8,\"time\":\"2026-11-26T11:05:07.000Z\",\"id\":\"check-state\","
        "\"subject\":\"web_server/\\\"node\\\" 2\\n\",\"from\":\"up\",\"to\":\"down\","
        "\"cause\":\"Layer4 timeout\"}]}");
}

TEST_CASE("a mail has its header and a line for each change") {
  const std::string text = mail_text(
      kSender, {.from = "hapair@example.com", .to = {"a@b.c", "d@e.f"}, .subject = "[hapair]"},
      {down()}, 0, kNow);
  CHECK(text ==
        "From: hapair@example.com\r\nTo: a@b.c,\r\n d@e.f\r\n"
        "Subject: [hapair] lb1: web_server/node1 is down\r\n"
        "Date: Thu, 26 Nov 2026 11:05:09 +0000\r\n"
        "Message-ID: <7.1795691109000000000@lb1.hapair>\r\nAuto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
        "2026-11-26T11:05:07.000Z web_server/node1 is down (was up): Layer4 timeout\r\n"
        "\r\n-- \r\nhapair 1.0, node lb1 of cluster web\r\n");
}

TEST_CASE("no text from elsewhere makes a line of its own, or leaves ASCII") {
  Alert odd = down();
  odd.subject = "x\r\nBcc: evil@example.com\r\n\r\n\xc3\xa4";
  odd.cause = std::string(2000, 'y') + "\n.\n";
  const std::string text =
      mail_text(kSender, {.from = "a@b", .to = {"c@d"}, .subject = "s"}, {odd, odd}, 4, kNow);
  CHECK(text.find("\nBcc") == std::string::npos);
  CHECK(text.find("\n.\n") == std::string::npos);
  CHECK(text.find("Subject: s lb1: 2 changes, last: x\\x0d\\x0aBcc") != std::string::npos);
  CHECK(text.find("4 changes in all could not be told") != std::string::npos);
  std::size_t line = 0;
  for (const char c : text) {
    CHECK(static_cast<unsigned char>(c) < 0x80);
    line = c == '\n' ? 0 : line + 1;
    CHECK(line < 998);
  }
}

TEST_CASE("dates of mail have two digits where they must") {
  CHECK(mail_date(base::WallTime(std::chrono::seconds(0))) == "Thu, 1 Jan 1970 00:00:00 +0000");
}
