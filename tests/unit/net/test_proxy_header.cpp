#include "common/net/proxy_header.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "tests/fuzz/proxy_header_body.hpp"
#include "tests/fuzz/replay.hpp"

namespace hapair::net {
namespace {

using Status = ProxyParse::Status;

ProxyParse parse(std::string_view text) { return parse_proxy_header(base::as_bytes(text)); }

base::Endpoint endpoint(std::string_view text) { return base::Endpoint::parse(text).value(); }

std::string written(ProxyVersion version, const std::optional<ProxiedEnds>& ends) {
  std::array<std::uint8_t, kMaxProxyWritten> room;
  const std::size_t length = write_proxy_header(room, version, ends);
  return std::string(base::as_text(base::Bytes(room).first(length)));
}

const ProxiedEnds kV4{.source = endpoint("192.0.2.1:40000"),
                      .destination = endpoint("192.0.2.100:80")};
const ProxiedEnds kV6{.source = endpoint("[2001:db8::1]:40000"),
                      .destination = endpoint("[2001:db8::100]:443")};
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string block(std::string_view fixed, std::string_view body) {
  std::string out(kSignature);
  out += fixed;
  out += static_cast<char>(body.size() >> 8);
  out += static_cast<char>(body.size() & 0xff);
  return out.append(body);
}

TEST_CASE("a line of version 1 tells both ends and leaves what follows alone") {
  const auto header = parse("PROXY TCP4 192.0.2.1 192.0.2.100 40000 80\r\nGET /");
  CHECK(header.status == Status::kComplete);
  CHECK(header.bytes == 43);
  CHECK(header.ends == kV4);
  CHECK(parse("PROXY TCP6 2001:db8::1 2001:db8::100 40000 443\r\n").ends == kV6);
}

TEST_CASE("a block of version 2 tells both ends; its further records are passed over") {
  const std::string addresses("\xc0\x00\x02\x01\xc0\x00\x02\x64\x9c\x40\x00\x50", 12);
  CHECK(parse(block("\x21\x11", addresses)).ends == kV4);
  const auto header = parse(block("\x21\x11", addresses + std::string("\x04\x00\x02ok", 5)) + "x");
  CHECK(header.ends == kV4);
  CHECK(header.bytes == 16 + 12 + 5);
}

std::string record(char type, std::string_view value) {
  std::string out(1, type);
  out += static_cast<char>(value.size() >> 8);
  out += static_cast<char>(value.size() & 0xff);
  return out.append(value);
}

TEST_CASE("records of version 2 tell of TLS that has ended at the proxy") {
  const std::string addresses("\xc0\x00\x02\x01\xc0\x00\x02\x64\x9c\x40\x00\x50", 12);
  const std::string good("\x03\x00\x00\x00\x00", 5);
  const std::string bad("\x05\x00\x00\x00\x01", 5);
  const std::string none("\x00\x00\x00\x00\x01", 5);
  struct Case {
    std::string records;
    std::optional<ProxiedTls> tls;
  };
  const Case cases[] = {
      {"", {}},
      {record(4, "padding"), {}},
      {record(1, "h2"), ProxiedTls{.protocol = "h2"}},
      {record(2, "WWW.Example."), ProxiedTls{.server_name = "www.example"}},
      {record(2, "no name"), ProxiedTls{}},
      {record(2, std::string(254, 'a')), ProxiedTls{}},
      {record(2, ""), ProxiedTls{}},
      {record(0x20, good), ProxiedTls{.used = true, .certificate = true}},
      {record(0x20, bad), ProxiedTls{.used = true}},
      {record(0x20, none), ProxiedTls{}},
      {record(0x20, good + record(0x22, "joe") + record(0x21, "TLSv1.3")),
       ProxiedTls{.used = true, .certificate = true, .version = "TLSv1.3"}},
      {record(2, "a.example") + record(4, "x") + record(1, "http/1.1") + record(0x20, bad),
       ProxiedTls{.used = true, .server_name = "a.example", .protocol = "http/1.1"}},
  };
  for (const Case& each : cases) {
    const auto header = parse(block("\x21\x11", addresses + each.records));
    CAPTURE(each.records);
    CHECK(header.ends == kV4);
    CHECK(header.tls == each.tls);
  }
  for (const std::string& records :
       {record(0x20, good.substr(1)), record(0x20, good + "\x21"), record(1, "h2") + "x",
        record(0x20, good + record(0x21, "TLSv1.3").substr(0, 8))}) {
    CHECK(parse(block("\x21\x11", addresses + records)).status == Status::kFault);
  }
}

TEST_CASE("LOCAL, UNKNOWN and what is not TCP over IP tell nothing") {
  for (const std::string& text :
       {std::string("PROXY UNKNOWN\r\n"), std::string("PROXY UNKNOWN any words\r\n"),
        block(std::string_view("\x20\x00", 2), ""), block(std::string_view("\x20\x11", 2), "rest"),
        block(std::string_view("\x21\x00", 2), ""), block("\x21\x31", std::string(216, '/'))}) {
    const auto header = parse(text);
    CHECK(header.status == Status::kComplete);
    CHECK(header.bytes == text.size());
    CHECK_FALSE(header.ends);
  }
}

TEST_CASE("a header may come byte by byte") {
  for (const std::string& whole :
       {written(ProxyVersion::kV1, kV4), written(ProxyVersion::kV2, kV6)}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CHECK(parse(whole.substr(0, size)).status == Status::kMore);
    }
    CHECK(parse(whole).status == Status::kComplete);
  }
}

TEST_CASE("what is no header is told at once") {
  for (const std::string_view text :
       {"G", "PROXX", "\r\n\r\nX", "PROXY TCP5 1 2 3 4\r\n", "PROXY \r\n", "PROXY UNKNOWNX\r\n",
        "PROXY UNKNOWN \nGET /\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n", "PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 ::1 1 2\r\n", "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n"}) {
    CAPTURE(text);
    CHECK(parse(text).status == Status::kFault);
    CHECK_FALSE(parse(text).fault.empty());
  }
  const std::string addresses("\xc0\x00\x02\x01\xc0\x00\x02\x64\x9c\x40\x00\x50", 12);
  for (const std::string& text :
       {block("\x11\x11", addresses), block("\x22\x11", addresses), block("\x21\x41", addresses),
        block("\x21\x13", addresses), block("\x21\x11", addresses.substr(1)),
        block("\x21\x21", addresses), block("\x21\x11", addresses + "x"),
        block("\x21\x11", addresses + std::string("\x04\x00\x02x", 4))}) {
    CHECK(parse(text).status == Status::kFault);
  }
}

TEST_CASE("both versions have a limit") {
  const std::string longest = "PROXY UNKNOWN " + std::string(kMaxProxyV1 - 16, 'x') + "\r\n";
  CHECK(longest.size() == kMaxProxyV1);
  CHECK(parse(longest).status == Status::kComplete);
  CHECK(parse("PROXY UNKNOWN " + std::string(kMaxProxyV1 - 15, 'x') + "\r\n").status ==
        Status::kFault);
  CHECK(parse(block(std::string_view("\x20\x00", 2), std::string(kMaxProxyV2 - 16, 'x'))).status ==
        Status::kComplete);
  CHECK(parse(block(std::string_view("\x20\x00", 2), std::string(kMaxProxyV2 - 15, 'x'))).status ==
        Status::kFault);
}

TEST_CASE("what is written is what the protocol's text shows") {
  CHECK(written(ProxyVersion::kV1, kV4) == "PROXY TCP4 192.0.2.1 192.0.2.100 40000 80\r\n");
  CHECK(written(ProxyVersion::kV1, {}) == "PROXY UNKNOWN\r\n");
  CHECK(written(ProxyVersion::kV2, {}) == block(std::string_view("\x20\x00", 2), ""));
  CHECK(parse(written(ProxyVersion::kV2, kV4)).ends == kV4);
  CHECK(parse(written(ProxyVersion::kV2, kV6)).ends == kV6);
}

TEST_CASE("ends of two families: IPv4 within IPv6 in version 2, nothing in version 1") {
  const ProxiedEnds mixed{.source = kV4.source, .destination = kV6.destination};
  CHECK(written(ProxyVersion::kV1, mixed) == "PROXY UNKNOWN\r\n");
  const auto header = parse(written(ProxyVersion::kV2, mixed));
  REQUIRE(header.ends);
  CHECK(header.ends->source == endpoint("[::ffff:192.0.2.1]:40000"));
  CHECK(header.ends->destination == kV6.destination);
}

TEST_CASE("the corpus of PROXY headers holds") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/proxy_header",
                            fuzz::fuzz_proxy_header) >= 35);
}

}  // namespace
}  // namespace hapair::net
