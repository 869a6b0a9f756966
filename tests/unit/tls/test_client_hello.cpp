#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "common/base/bytes.hpp"
#include "tests/fuzz/client_hello_body.hpp"
#include "tests/fuzz/replay.hpp"

namespace hapair::tls {
namespace {

using Status = HelloParse::Status;

/// One of the corpus: hellos that openssl, curl and Python sent, and others made by hand.
std::string sample(const std::string& name) {
  std::ifstream file(std::string(HAPAIR_TEST_ROOT "/fuzz/corpus/client_hello/") + name,
                     std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

HelloParse parse(const std::string& bytes) { return parse_client_hello(base::as_bytes(bytes)); }

ClientHello good(const std::string& name) {
  CAPTURE(name);
  const HelloParse parsed = parse(sample(name));
  CHECK(parsed.fault == "");
  REQUIRE(parsed.status == Status::kComplete);
  return parsed.hello;
}

TEST_CASE("what real clients ask for is read") {
  CHECK(good("openssl-tls13") == ClientHello{"www.example", "h2,http/1.1", 0x0304});
  CHECK(good("openssl-tls12") == ClientHello{"www.shop.example", "", 0x0303});
  CHECK(good("curl") == ClientHello{"app.example", "h2,http/1.1", 0x0304});
  CHECK(good("python") == ClientHello{"db.example", "postgresql", 0x0304});
}

TEST_CASE("no name, and an address for one, are no name") {
  for (const char* name : {"openssl-no-name", "openssl-ip-name", "curl-address", "no-extensions",
                           "name-ipv6", "name-ip-dot"}) {
    CAPTURE(name);
    CHECK(good(name).server_name == "");
  }
}

TEST_CASE("names are brought into one form") {
  CHECK(good("openssl-dot").server_name == "www.example");
  CHECK(good("name-longest").server_name.size() == 253);
}

TEST_CASE("what is there to be ignored is ignored, and sizes are no matter") {
  const ClientHello expected{"grease.example", "h2,http/1.1", 0x0304};
  CHECK(good("grease") == expected);
  CHECK(good("fragmented") == expected);
  CHECK(good("one-byte-records") == expected);
  CHECK(good("postquantum").server_name == "pq.example");
  CHECK(good("follows").server_name == "a.example");
  CHECK(good("alpn-many").protocols.size() <= ClientHello::kMaxProtocols);
}

TEST_CASE("the highest version is told") {
  CHECK(good("ssl3").version == 0x0300);
  CHECK(good("tls10").version == 0x0301);
  CHECK(good("tls11").version == 0x0302);
  CHECK(version_name(0x0300) == "SSL 3.0");
  CHECK(version_name(0x0301) == "TLS 1.0");
  CHECK(version_name(0x0302) == "TLS 1.1");
  CHECK(version_name(0x0303) == "TLS 1.2");
  CHECK(version_name(0x0304) == "TLS 1.3");
  CHECK(version_name(good("unknown-version").version) == "TLS 0x03ab");
}

TEST_CASE("what is no ClientHello is refused, with its rule") {
  const std::vector<std::pair<const char*, const char*>> kFaults{
      {"http", "plain text"},
      {"sslv2", "SSL 2.0"},
      {"alert", "an alert"},
      {"zeros", "no TLS"},
      {"record-version", "record of an unknown version"},
      {"alert-within", "another record"},
      {"version-within", "another record"},
      {"empty-record", "length"},
      {"long-record", "length"},
      {"other-message", "another message"},
      {"huge", "above 16 KiB"},
      {"too-many-records", "too many records"},
      {"no-version", "none of TLS"},
      {"session-long", "list of a length"},
      {"ciphers-none", "list of a length"},
      {"ciphers-odd", "list of a length"},
      {"compression-none", "list of a length"},
      {"short-body", "lengths do not fit"},
      {"tail", "lengths do not fit"},
      {"extensions-cut", "lengths do not fit"},
      {"extension-cut", "lengths do not fit"},
      {"names-twice", "twice"},
      {"alpn-twice", "twice"},
      {"versions-twice", "twice"},
      {"name-kind", "server name extension"},
      {"name-two-entries", "server name extension"},
      {"name-content", "server name extension"},
      {"name-empty", "no name of a host"},
      {"name-nul", "no name of a host"},
      {"name-space", "no name of a host"},
      {"name-utf8", "no name of a host"},
      {"name-labels", "no name of a host"},
      {"name-label-long", "no name of a host"},
      {"name-long", "no name of a host"},
      {"name-brackets", "no name of a host"},
      {"alpn-empty-name", "ALPN"},
      {"alpn-empty", "ALPN"},
      {"versions-odd", "versions"},
      {"versions-empty", "versions"},
  };
  for (const auto& [name, rule] : kFaults) {
    CAPTURE(name);
    const HelloParse parsed = parse(sample(name));
    CAPTURE(parsed.fault);
    CHECK(parsed.status == Status::kFault);
    CHECK(parsed.fault.find(rule) != std::string_view::npos);
  }
}

TEST_CASE("a hello is waited for until its last byte") {
  const std::string whole = sample("openssl-tls13");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    CAPTURE(cut);
    CHECK(parse(whole.substr(0, cut)).status == Status::kMore);
  }
  CHECK(parse(whole).status == Status::kComplete);
}

TEST_CASE("the corpus of hellos breaks nothing") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/client_hello",
                            fuzz::fuzz_client_hello) >= 60);
}

}  // namespace
}  // namespace hapair::tls
