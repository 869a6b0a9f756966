// The tables of malformed, ambiguous and edge messages: each gets its verdict, and the same one
// however it arrives.
#include <doctest/doctest.h>

#include <string>

#include "tests/fuzz/http_reading.hpp"
#include "tests/unit/http/message_file.hpp"

using namespace hapair;
using fuzz::Cut;
using fuzz::Reading;
using Kind = http::BodyFraming::Kind;

namespace {

std::string_view to_text(Kind kind) {
  switch (kind) {
    case Kind::kNone:
      return "none";
    case Kind::kLength:
      return "length";
    case Kind::kChunked:
      return "chunked";
    case Kind::kUntilClose:
      return "until-close";
    case Kind::kTunnel:
      return "tunnel";
  }
  return "";
}

/// "length keep-alive hello"
std::string how_it_ends(Kind kind, bool keep_alive, const std::string& payload) {
  std::string out = base::concat(to_text(kind), keep_alive ? " keep-alive" : " close");
  if (!payload.empty()) out += " " + payload;
  return out;
}

/// As the table spells it for a faulty or unfinished message.
std::string verdict_of(const Reading& reading, std::optional<int> fault_status) {
  if (reading.end == Reading::End::kMore) return "more";
  const http::FaultInfo& fault = http::info(*reading.fault);
  return base::concat(fault_status.value_or(fault.status), " | ", fault.id, " | ", fault.source);
}

void check_verdict(const http_test::Message& message, const std::string& actual) {
  if (message.verdict == actual) return;
  const std::string difference = base::concat(message.name, ": expected '", message.verdict,
                                              "', but got '", base::printable(actual), "'");
  FAIL_CHECK(difference);
}

/// Calls `read` for every way to cut a message of that size: in two at each place, byte by byte, at
/// random, in a buffer that stays and in one that moves.
template <class Read>
void for_every_cut(std::size_t size, Read read) {
  const std::size_t step = size / 256 + 1;  // long messages: 256 places
  for (std::size_t at = 1; at < size; at += step) read(Cut{.first_piece = at});
  read(Cut{.max_piece = 1});
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    read(Cut{.max_piece = 40, .seed = seed});
    read(Cut{.max_piece = size / 4 + 1, .moves = true, .seed = seed});
  }
}

}  // namespace

TEST_CASE("every request of the table gets its verdict, however it is cut") {
  const auto messages = http_test::read_messages(HAPAIR_TEST_ROOT "/data/http/requests.txt");
  CHECK(messages.size() >= 320);
  for (const auto& message : messages) {
    CAPTURE(message.name);
    http::RequestHead head;
    const Reading whole = fuzz::read_request(message.bytes, {}, head);
    if (whole.end == Reading::End::kComplete) {
      check_verdict(message,
                    base::concat("ok | ", head.method_text, " ", head.path, " ",
                                 how_it_ends(http::request_body(head).kind,
                                             http::wants_keep_alive(head.version, head.framing),
                                             whole.payload)));
    } else {
      check_verdict(message, verdict_of(whole, {}));
    }
    http::RequestHead other;
    for_every_cut(message.bytes.size(), [&](const Cut& cut) {
      if (fuzz::read_request(message.bytes, cut, other) == whole) return;
      FAIL_CHECK("another verdict when cut at ", cut.first_piece, " by ", cut.max_piece);
    });
  }
}

TEST_CASE("every response of the table gets its verdict, however it is cut") {
  const auto messages = http_test::read_messages(HAPAIR_TEST_ROOT "/data/http/responses.txt");
  CHECK(messages.size() >= 140);
  for (const auto& message : messages) {
    CAPTURE(message.name);
    const bool to_head = message.request_method == "HEAD";
    const http::Method method = to_head ? http::Method::kHead : http::Method::kGet;
    http::ResponseHead head;
    const Reading whole = fuzz::read_response(message.bytes, {}, head, method);
    const Kind kind = http::response_body(head, method).kind;
    const bool open_end =
        !whole.head.empty() && (kind == Kind::kUntilClose || kind == Kind::kTunnel);
    if (whole.end == Reading::End::kComplete || open_end) {
      check_verdict(
          message,
          base::concat("ok | ", head.status, " ",
                       how_it_ends(kind, http::wants_keep_alive(head.version, head.framing),
                                   whole.payload)));
    } else {
      check_verdict(message, verdict_of(whole, http::kBadGatewayStatus));
    }
    http::ResponseHead other;
    for_every_cut(message.bytes.size(), [&](const Cut& cut) {
      if (fuzz::read_response(message.bytes, cut, other, method) == whole) return;
      FAIL_CHECK("another verdict when cut at ", cut.first_piece, " by ", cut.max_piece);
    });
  }
}
