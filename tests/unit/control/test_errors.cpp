// The document of malformed messages, and its text for people.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "apps/hapair/control/errors_command.hpp"
#include "apps/hapair/control/errors_json.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

constexpr base::WallTime kThen{std::chrono::milliseconds(1'700'000'000'123)};

std::string document() {
  lb::MalformedRecord request;
  request.record({.fault = http::Fault::kControlCharacter,
                  .bytes = "GET / HTTP/1.1\r\nHost: a\x1b[2J\xe9\r\n\r\n",
                  .at = 23},
                 "192.0.2.7:4711", {}, kThen);
  lb::MalformedRecord response;
  response.record({.fault = http::Fault::kBadChunkSize, .bytes = "zz\r\n", .at = 0, .body = true},
                  "192.0.2.8", "node1", kThen);
  response.record({.fault = http::Fault::kBadChunkSize, .bytes = "zz\r\n", .at = 0, .body = true},
                  "192.0.2.8", "node1", kThen);
  const lb::MalformedRecord none;
  return render_errors(
      "lb1", kThen,
      {{"http_front", false, &request}, {"quiet", false, &none}, {"web_server", true, &response}});
}

TEST_CASE("each proxy that saw something malformed has an entry") {
  const Json json = Json::parse(document());
  REQUIRE(json["errors"].size() == 2);
  const Json& request = json["errors"][0];
  CHECK(request["proxy"] == "http_front");
  CHECK(request["kind"] == "request");
  CHECK(request["server"].is_null());
  CHECK(request["code"] == "control-character");
  CHECK(request["source"] == "RFC 9110 section 5.5");
  CHECK(request["position"] == 23);
  CHECK(request["part"] == "head");
  CHECK(request["bytes"] == "GET / HTTP/1.1\r\nHost: a\u001b[2J\u00e9\r\n\r\n");
  CHECK(json["errors"][1]["count"] == 2);
  CHECK(json["errors"][1]["server"] == "node1");
}

TEST_CASE("the text shows the message by lines, the faulty one marked, and obeys no terminal") {
  const std::string text = render_errors_text(Json::parse(document()));
  CHECK(
      text ==
      "http_front: 1 malformed requests, the last at 2023-11-14T22:13:20.123Z\n"
      "  from 192.0.2.7:4711\n"
      "  control-character: a control character stands in the head (RFC 9110 section 5.5), at "
      "byte 23 of 32 of its head\n"
      "\n"
      "  00000  GET / HTTP/1.1\\r\\n\n"
      "> 00016  Host: a\\x1b[2J\\xe9\\r\\n\n"
      "  00030  \\r\\n\n"
      "\n"
      "web_server: 2 malformed responses, the last at 2023-11-14T22:13:20.123Z\n"
      "  from server node1, to client 192.0.2.8\n"
      "  bad-chunk-size: a chunk size is not a hexadecimal number (RFC 9112 section 7.1), at byte "
      "0 of 4 of its body\n"
      "\n"
      "> 00000  zz\\r\\n\n"
      "\n");
}

TEST_CASE("a long line goes on with a plus") {
  lb::MalformedRecord record;
  const std::string line = std::string(100, 'x') + "\r\n";
  record.record({.bytes = line, .at = 90}, "192.0.2.7:1", {}, kThen);
  const std::string text =
      render_errors_text(Json::parse(render_errors("lb1", kThen, {{"front", false, &record}})));
  CHECK(text.find("\n  00000  " + std::string(80, 'x') + "\n> 00080+ " + std::string(20, 'x') +
                  "\\r\\n\n") != std::string::npos);
}

TEST_CASE("nothing malformed is said in words, and any document is taken") {
  CHECK(
      render_errors_text(Json::parse(render_errors("lb1", kThen, {}))).starts_with("No malformed"));
  for (const char* text :
       {"{}", R"({"errors": 3})",
        R"({"errors": [1, {}, {"proxy": "\u001b[2J", "bytes": "\u00ff\u001b"}]})"}) {
    CHECK(render_errors_text(Json::parse(text)).find('\x1b') == std::string::npos);
  }
}

}  // namespace
}  // namespace hapair::control
