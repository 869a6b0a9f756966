#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>

#include "common/base/bytes.hpp"
#include "common/http/body_decoder.hpp"
#include "tests/unit/http/parse_text.hpp"

using namespace hapair;
using http_test::parse_response;
using Framing = http::BodyFraming;
using Kind = Framing::Kind;
using Status = http::BodyDecoder::Step::Status;

TEST_CASE("a body is framed for the version that the client speaks") {
  const auto for_10 = [](Kind kind) {
    return http::framing_towards(http::Version::kHttp10, {kind, 0}).kind;
  };
  const auto for_11 = [](Kind kind) {
    return http::framing_towards(http::Version::kHttp11, {kind, 0}).kind;
  };
  CHECK(for_10(Kind::kChunked) == Kind::kUntilClose);
  CHECK(for_10(Kind::kUntilClose) == Kind::kUntilClose);
  CHECK(for_11(Kind::kChunked) == Kind::kChunked);
  CHECK(for_11(Kind::kUntilClose) == Kind::kChunked);
  CHECK(for_11(Kind::kNone) == Kind::kNone);
  CHECK(http::framing_towards(http::Version::kHttp10, {Kind::kLength, 7}) ==
        Framing{Kind::kLength, 7});
}

TEST_CASE("a response body is as long as method, status and fields say") {
  const auto head = parse_response("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
  CHECK(http::response_body(head, http::Method::kGet) == Framing{Kind::kLength, 7});
  CHECK(http::response_body(head, http::Method::kHead) == Framing{});
  CHECK(http::response_body(parse_response("HTTP/1.1 200 OK\r\n\r\n"), http::Method::kGet).kind ==
        Kind::kUntilClose);
}

TEST_CASE("a switch of protocols and a success of CONNECT open a tunnel") {
  const auto kind = [](std::string_view text, http::Method method) {
    return http::response_body(parse_response(text), method).kind;
  };
  using http::Method;
  CHECK(kind("HTTP/1.1 101 S\r\nContent-Length: 7\r\n\r\n", Method::kGet) == Kind::kTunnel);
  CHECK(kind("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", Method::kConnect) == Kind::kTunnel);
  CHECK(kind("HTTP/1.1 299 OK\r\n\r\n", Method::kConnect) == Kind::kTunnel);
  CHECK(kind("HTTP/1.1 300 No\r\nContent-Length: 7\r\n\r\n", Method::kConnect) == Kind::kLength);
  CHECK(kind("HTTP/1.1 100 Go on\r\n\r\n", Method::kConnect) == Kind::kNone);
  CHECK(http::framing_towards(http::Version::kHttp10, {Kind::kTunnel, 0}).kind == Kind::kTunnel);
}

TEST_CASE("payload lies within the input, and the next message is left alone") {
  http::BodyDecoder decoder({Kind::kChunked, 0});
  const std::string input = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET";
  auto step = decoder.next(input);
  CHECK(step.status == Status::kData);
  CHECK(step.payload.data() == input.data() + 3);
  CHECK(step.payload == "abc");
  std::string_view rest = std::string_view(input).substr(step.consumed);
  step = decoder.next(rest);
  CHECK(step.payload == "de");
  rest.remove_prefix(step.consumed);
  step = decoder.next(rest);
  CHECK(step.status == Status::kEnd);
  CHECK(rest.substr(step.consumed) == "GET");
  CHECK(decoder.done());
}

TEST_CASE("a body without bytes is done before any came") {
  http::BodyDecoder decoder(Framing{});
  CHECK(decoder.done());
  CHECK(decoder.next("GET").consumed == 0);
}

TEST_CASE("only a body until close may end with the connection") {
  http::BodyDecoder length({Kind::kLength, 2});
  http::BodyDecoder chunked({Kind::kChunked, 0});
  http::BodyDecoder until_close({Kind::kUntilClose, 0});
  CHECK(length.next("a").status == Status::kData);
  CHECK(until_close.next("a").status == Status::kData);
  CHECK_FALSE(length.finish());
  CHECK_FALSE(chunked.finish());
  CHECK(until_close.finish());
}

TEST_CASE("a fault in a body stays") {
  http::BodyDecoder decoder({Kind::kChunked, 0});
  CHECK(decoder.next("x").status == Status::kFault);
  const auto again = decoder.next("5\r\nhello\r\n");
  CHECK(again.status == Status::kFault);
  CHECK(again.fault == http::Fault::kBadChunkSize);
  CHECK(again.consumed == 0);
}

TEST_CASE("chunk heads are hexadecimal without padding") {
  std::array<std::uint8_t, http::kMaxChunkHead> out;
  const auto written = [&](std::uint64_t size) {
    const std::size_t length = http::write_chunk_head(out, size);
    return std::string(base::as_text({out.data(), length}));
  };
  CHECK(written(1) == "1\r\n");
  CHECK(written(0x1a2f) == "1a2f\r\n");
  CHECK(written(UINT64_MAX) == "ffffffffffffffff\r\n");
}

TEST_CASE("limits of chunked bodies hold to the byte") {
  const auto fault_of = [](const http::BodyLimits& limits, std::string_view body) {
    http::BodyDecoder decoder({Kind::kChunked, 0}, limits);
    return decoder.next(body).status == Status::kFault;
  };
  CHECK_FALSE(fault_of({.max_chunk_line = 7}, "0;abc\r\n"));
  CHECK(fault_of({.max_chunk_line = 6}, "0;abc\r\n"));
  CHECK_FALSE(fault_of({.max_extensions = 4}, "0;abc\r\n"));
  CHECK(fault_of({.max_extensions = 3}, "0;abc\r\n"));
  CHECK_FALSE(fault_of({.max_trailers = 7}, "0\r\na:b\r\n\r\n"));
  CHECK(fault_of({.max_trailers = 6}, "0\r\na:b\r\n\r\n"));
  CHECK_FALSE(fault_of({.max_trailer_fields = 1}, "0\r\na:b\r\n\r\n"));
  CHECK(fault_of({.max_trailer_fields = 0}, "0\r\na:b\r\n\r\n"));
}

TEST_CASE("payload that goes another way is told and counted") {
  http::BodyDecoder chunked({Kind::kChunked, 0});
  CHECK(chunked.payload_ahead() == 0);
  CHECK(chunked.next("10\r\n").status == Status::kMore);
  CHECK(chunked.payload_ahead() == 16);
  chunked.skip_payload(6);
  CHECK(chunked.payload_ahead() == 10);
  chunked.skip_payload(10);
  CHECK(chunked.payload_ahead() == 0);
  CHECK(chunked.next("\r\n0\r\n\r\n").status == Status::kEnd);

  http::BodyDecoder whole({Kind::kLength, 5});
  whole.skip_payload(5);
  CHECK(whole.done());

  http::BodyDecoder until_close({Kind::kUntilClose, 0});
  CHECK(until_close.payload_ahead() == UINT64_MAX);
  until_close.skip_payload(1000);
  CHECK(until_close.payload_ahead() == UINT64_MAX);
  CHECK(until_close.finish());
}
