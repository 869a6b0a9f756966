#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/dns_message_body.hpp"
#include "tests/fuzz/replay.hpp"
#include "tests/unit/net/dns_wire.hpp"

using namespace hapair;
using namespace hapair::net::test;
using net::DnsAnswer;
using net::DnsType;
using std::chrono::seconds;

namespace {

constexpr std::string_view kName = "web.internal";
constexpr std::string_view kService = "_http._tcp.web.internal";

base::Result<DnsAnswer> decode(const std::vector<std::uint8_t>& bytes, DnsType type = DnsType::kA,
                               std::string_view name = kName) {
  return net::decode_dns_answer(bytes, name, type);
}

std::string text_of(const std::vector<base::IpAddress>& addresses) {
  std::string text;
  for (const base::IpAddress& each : addresses) text += each.to_string() + " ";
  return text;
}

std::vector<std::uint8_t> good() {
  return DnsResponse(kName, DnsType::kA)
      .address(kName, "192.0.2.1", 60)
      .address(kName, "192.0.2.2", 30)
      .bytes();
}

std::vector<std::uint8_t> aliased() {
  return DnsResponse(kName, DnsType::kAaaa)
      .alias(kName, "a.internal", 20)
      .address("b.internal", "2001:db8::1", 60)
      .alias("A.internal", "B.Internal", 40)
      .address("c.internal", "2001:db8::2", 60)
      .bytes();
}

std::vector<std::uint8_t> services() {
  return DnsResponse(kService, DnsType::kSrv)
      .service(kService, 10, 60, 8080, "Node1.Internal", 15)
      .service(kService, 20, 0, 8081, "node2.internal", 90)
      .bytes();
}

/// All messages that the corpus of the fuzz target begins with.
std::vector<std::pair<DnsType, std::vector<std::uint8_t>>> samples() {
  std::vector<std::pair<DnsType, std::vector<std::uint8_t>>> all;
  const auto add = [&](DnsType type, std::vector<std::uint8_t> bytes) {
    all.emplace_back(type, std::move(bytes));
  };
  add(DnsType::kA, good());
  add(DnsType::kAaaa, aliased());
  add(DnsType::kSrv, services());
  add(DnsType::kA, DnsResponse(kName, DnsType::kA, 3).soa("internal", 600, 30).bytes());
  add(DnsType::kA, DnsResponse(kName, DnsType::kA).soa("internal", 10, 30).bytes());
  add(DnsType::kA, DnsResponse(kName, DnsType::kA, 2).bytes());
  add(DnsType::kA, DnsResponse(kName, DnsType::kA, 9).bytes());
  add(DnsType::kA, DnsResponse(kName, DnsType::kA).flags(0x8380).bytes());
  add(DnsType::kA, DnsResponse(kName, DnsType::kA).flags(0x0100).bytes());
  add(DnsType::kA, DnsResponse("other.internal", DnsType::kA).bytes());
  add(DnsType::kA,
      DnsResponse(kName, DnsType::kA).alias(kName, "b", 1).alias("b", kName, 1).bytes());
  add(DnsType::kA, DnsResponse(kName, DnsType::kA).record(kName, 1, 60, {}).bytes());
  add(DnsType::kSrv, DnsResponse(kService, DnsType::kSrv).record(kService, 33, 60, {}).bytes());
  const std::array<std::uint8_t, 3> bad_name{63, 'a', 'b'};
  add(DnsType::kA, DnsResponse(kName, DnsType::kA).record(kName, kCname, 60, bad_name).bytes());
  add(DnsType::kA, DnsResponse(kName, DnsType::kA)
                       .record(kName, kCname, 60, name_bytes("sp ace.internal"))
                       .bytes());
  const std::array<std::uint8_t, 2> self{0xc0, 0xff};
  add(DnsType::kA, DnsResponse(kName, DnsType::kA).record(kName, kCname, 60, self).bytes());
  const std::array<std::uint8_t, 1> half_pointer{0xc0};
  add(DnsType::kA, DnsResponse(kName, DnsType::kA).record(kName, kCname, 60, half_pointer).bytes());
  const std::array<std::uint8_t, 1> reserved{0x80};
  add(DnsType::kA, DnsResponse(kName, DnsType::kA).record(kName, kCname, 60, reserved).bytes());
  const std::array<std::uint8_t, 2> question{0xc0, 12};
  add(DnsType::kA, DnsResponse(kName, DnsType::kA)
                       .record(kName, kCname, 60, question)
                       .record("b", kSoa, 1, {})
                       .bytes());
  std::string many = "a";
  while (many.size() < 250) many += ".aaaaaaa";
  add(DnsType::kA, DnsResponse(kName, DnsType::kA)
                       .record(kName, kCname, 60, name_bytes(many + ".bbbbbb"))
                       .bytes());
  auto odd_soa = DnsResponse(kName, DnsType::kA, 3).soa("internal", 600, 30).bytes();
  odd_soa.resize(odd_soa.size() - 2);
  add(DnsType::kA, odd_soa);
  auto other_class = good();
  other_class[12 + 14 + 4 + 14 + 3] = 3;
  add(DnsType::kA, other_class);
  return all;
}

}  // namespace

TEST_CASE("addresses come with the least of their TTLs") {
  const auto answer = decode(good());
  REQUIRE(answer);
  CHECK(answer->kind == DnsAnswer::Kind::kData);
  CHECK(text_of(answer->addresses) == "192.0.2.1 192.0.2.2 ");
  CHECK(answer->ttl == seconds(30));
}

TEST_CASE("the case of letters makes no difference, neither in the question nor in owners") {
  auto bytes = DnsResponse("WEB.Internal", DnsType::kA).address("wEb.internal", "192.0.2.1", 5);
  CHECK(decode(bytes.bytes(), DnsType::kA, "Web.iNternal")->addresses.size() == 1);
}

TEST_CASE("aliases are followed in whatever order they stand, and bound the TTL") {
  const auto answer = decode(aliased(), DnsType::kAaaa);
  REQUIRE(answer);
  CHECK(text_of(answer->addresses) == "2001:db8::1 ");
  CHECK(answer->ttl == seconds(20));
}

TEST_CASE("a ring of aliases is an error") {
  const auto bytes =
      DnsResponse(kName, DnsType::kA).alias(kName, "b", 1).alias("b", kName, 1).bytes();
  CHECK(decode(bytes).error().message == "the name is an alias of too many others");
}

TEST_CASE("a name is followed through sixteen pointers and no more") {
  const auto says = [](std::size_t pointers) {
    constexpr std::uint16_t kTxt = 16;
    constexpr std::size_t kQuestion = 12;
    constexpr std::size_t kData = kQuestion + 14 + 4 + 3 + 10;  // of the first record
    base::ByteWriter chain;
    std::size_t to = kQuestion;
    for (; chain.view().size() < 2 * (pointers - 1); to = kData + chain.view().size() - 2) {
      chain.u16(static_cast<std::uint16_t>(0xc000U | to));
    }
    base::ByteWriter last;
    last.u16(static_cast<std::uint16_t>(0xc000U | to));
    const auto bytes = DnsResponse(kName, DnsType::kA)
                           .record("x", kTxt, 1, chain.view())
                           .record(kName, kCname, 1, last.view())
                           .bytes();
    return decode(bytes).error().message;
  };
  CHECK(says(1) == "the name is an alias of too many others");
  CHECK(says(16) == "the name is an alias of too many others");
  CHECK(says(17) == "the response is malformed, or answers another question");
}

TEST_CASE("services come with their hosts in lower case") {
  const auto answer = decode(services(), DnsType::kSrv, kService);
  REQUIRE(answer);
  CHECK(answer->services == std::vector<net::DnsService>{{10, 60, 8080, "node1.internal"},
                                                         {20, 0, 8081, "node2.internal"}});
  CHECK(answer->ttl == seconds(15));
  const auto none = DnsResponse(kService, DnsType::kSrv).service(kService, 0, 0, 0, ".", 7).bytes();
  CHECK(decode(none, DnsType::kSrv, kService)->services.at(0).host.empty());
}

TEST_CASE("that there is nothing holds as long as the SOA says") {
  const auto no_name = decode(DnsResponse(kName, DnsType::kA, 3).soa("internal", 600, 30).bytes());
  CHECK(no_name->kind == DnsAnswer::Kind::kNoName);
  CHECK(no_name->ttl == seconds(30));
  const auto no_data = decode(DnsResponse(kName, DnsType::kA).soa("internal", 10, 30).bytes());
  CHECK(no_data->kind == DnsAnswer::Kind::kNoData);
  CHECK(no_data->ttl == seconds(10));
  const auto bare = decode(DnsResponse(kName, DnsType::kA).bytes());
  CHECK(bare->kind == DnsAnswer::Kind::kNoData);
  CHECK(bare->ttl == seconds(0));
}

TEST_CASE("a TTL with its highest bit set is 0") {
  const auto bytes = DnsResponse(kName, DnsType::kA).address(kName, "192.0.2.1", 0x80000001);
  CHECK(decode(bytes.bytes())->ttl == seconds(0));
}

TEST_CASE("answers to other questions, and no answers at all, are refused") {
  const std::string refused = "the response is malformed, or answers another question";
  const auto says = [&](const std::vector<std::uint8_t>& bytes, std::string_view words) {
    const auto answer = decode(bytes);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().message == words);
  };
  says(DnsResponse("evil.internal", DnsType::kA).address(kName, "192.0.2.66", 5).bytes(), refused);
  says(DnsResponse(kName, DnsType::kAaaa).address(kName, "2001:db8::1", 5).bytes(), refused);
  says(DnsResponse(kName, DnsType::kA).flags(0x0100).bytes(), refused);
  says(DnsResponse(kName, DnsType::kA).questions(0).bytes(), refused);
  says(DnsResponse(kName, DnsType::kA).record(kName, 1, 60, {}).bytes(), refused);
  says(DnsResponse(kName, DnsType::kA).flags(0x8380).bytes(), "the response is cut off");
  says(DnsResponse(kName, DnsType::kA, 2).bytes(), "the nameserver says SERVFAIL");
  says(DnsResponse(kName, DnsType::kA, 9).bytes(), "the nameserver says it failed (code 9)");
  // Records of other names do not answer.
  const auto stray = DnsResponse(kName, DnsType::kA).address("evil.internal", "192.0.2.66", 5);
  CHECK(decode(stray.bytes())->kind == DnsAnswer::Kind::kNoData);
}

TEST_CASE("a response that is cut anywhere is refused") {
  const auto bytes = good();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(net::decode_dns_answer(base::Bytes(bytes).first(length), kName, DnsType::kA));
  }
}

TEST_CASE("types have names") {
  CHECK(net::to_string(DnsType::kA) == "A");
  CHECK(net::to_string(DnsType::kAaaa) == "AAAA");
  CHECK(net::to_string(DnsType::kSrv) == "SRV");
}

TEST_CASE("the corpus of responses replays, and begins with those above") {
  const std::filesystem::path folder = HAPAIR_TEST_ROOT "/fuzz/corpus/dns_message";
  const auto all = samples();
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<std::uint8_t> bytes = all[i].second;
    const std::uint8_t type = all[i].first == DnsType::kA      ? 0
                              : all[i].first == DnsType::kAaaa ? 1
                                                               : 2;
    bytes.insert(bytes.begin(), type);
    const auto path = folder / ("message_" + std::to_string(i));
    if (std::getenv("HAPAIR_REWRITE") != nullptr) {
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    }
    std::ifstream file(path, std::ios::binary);
    const std::vector<std::uint8_t> kept{std::istreambuf_iterator<char>(file), {}};
    CHECK((kept == bytes));
  }
  CHECK(fuzz::replay_corpus(folder, fuzz::fuzz_dns_message) >= 20);
}
