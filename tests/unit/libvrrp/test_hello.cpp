#include "libvrrp/core/hello.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/fuzz/hello_body.hpp"
#include "tests/fuzz/replay.hpp"
#include "tests/unit/libvrrp/toy_authenticator.hpp"

namespace hapair::vrrp {
namespace {

const test::ToyAuthenticator kKey(1);

Hello sample() {
  return {.from = "lb1",
          .to = "lb2",
          .session = 0x1122334455667788,
          .sequence = 7,
          .challenge = 8,
          .echo = 9,
          .wall = base::WallTime(base::Duration(1'790'000'000'000'000'000)),
          .report = {.version = "1.2.3",
                     .config_hash = std::string(64, 'a'),
                     .vips = {{"web", State::kMaster, Verdict::kServes, 254}},
                     .backends = {{"app", 2}}}};
}

}  // namespace

TEST_CASE("a hello survives the wire") {
  const Hello hello = sample();
  CHECK(decode_hello(encode_hello(hello, kKey), kKey) == hello);
}

TEST_CASE("a hello changed anywhere, cut anywhere or of another key is none") {
  const auto whole = encode_hello(sample(), kKey);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto changed = whole;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ 1U);
    CHECK_FALSE(decode_hello(changed, kKey));
    CHECK_FALSE(decode_hello(base::Bytes(whole).first(i), kKey));
  }
  CHECK_FALSE(decode_hello(whole, test::ToyAuthenticator(2)));
}

TEST_CASE("a clock before 1970 is none") {
  Hello hello = sample();
  hello.wall = base::WallTime(base::Duration(-1));
  CHECK_FALSE(decode_hello(encode_hello(hello, kKey), kKey));
}

TEST_CASE("the largest report fits, and what is beyond is left out") {
  Hello hello = sample();
  hello.report.version = std::string(200, 'v');
  for (int i = 0; i < 300; ++i) {
    hello.report.vips.push_back({std::string(80, 'x'), State::kBackup, Verdict::kUnfit, 1});
    hello.report.backends.push_back({std::string(80, 'y'), 65535});
  }
  const auto bytes = encode_hello(hello, kKey);
  CHECK(bytes.size() <= kMaxHello);
  const auto decoded = decode_hello(bytes, kKey);
  REQUIRE(decoded);
  CHECK(decoded->report.version.size() == kMaxHelloText);
  CHECK(decoded->report.vips.size() == kMaxHelloEntries);
  CHECK(decoded->report.backends.size() == kMaxHelloEntries);
  CHECK(decoded->report.backends.back().name.size() == kMaxHelloText);
}

TEST_CASE("a letter survives the wire, and the largest one fits") {
  Hello hello = sample();
  hello.report = {};
  hello.drill = {.number = 3,
                 .step = DrillStep::kMaster,
                 .reason = "because",
                 .vips = {{"web", std::nullopt, base::Duration(0)}},
                 .tally = {.requests = 1, .failed = 2, .reset = 3}};
  CHECK(decode_hello(encode_hello(hello, kKey), kKey) == hello);
  hello.drill->reason = std::string(300, 'r');
  hello.drill->vips.assign(100, {std::string(100, 'v'), std::chrono::hours(2)});
  const auto bytes = encode_hello(hello, kKey);
  CHECK(bytes.size() <= kMaxHello);
  const auto decoded = decode_hello(bytes, kKey);
  REQUIRE(decoded);
  CHECK(decoded->drill->vips.size() == kMaxHelloEntries);
  CHECK(decoded->drill->vips[0].addresses == std::chrono::hours(1));
  CHECK(decoded->drill->reason.size() == kMaxDrillReason);
}

TEST_CASE("a letter without a number, or about nothing, is none") {
  Hello hello = sample();
  hello.drill = {
      .number = 0, .step = DrillStep::kAsk, .reason = {}, .vips = {{"web"}}, .tally = {}};
  CHECK_FALSE(decode_hello(encode_hello(hello, kKey), kKey));
  hello.drill->number = 1;
  CHECK(decode_hello(encode_hello(hello, kKey), kKey));
  hello.drill->vips.clear();
  CHECK_FALSE(decode_hello(encode_hello(hello, kKey), kKey));
}

TEST_CASE("the hello corpus keeps every invariant") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/hello", fuzz::fuzz_hello) >= 10);
}

}  // namespace hapair::vrrp
