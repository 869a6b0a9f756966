// The value of a persistence cookie: what is taken, and what is not.
#include "liblb/core/cookie_codec.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/fuzz/cookie_value_body.hpp"
#include "tests/fuzz/replay.hpp"
#include "tests/unit/liblb/toy_mac.hpp"

namespace hapair::lb::test {
namespace {

using namespace std::chrono_literals;

/// 2026-01-01T00:00:00Z
constexpr base::WallTime kNow{std::chrono::seconds(1'767'225'600)};
constexpr std::int64_t kSecond = 1'767'225'600;
constexpr std::string_view kPurpose = "pool/SRV";

const ToyMac kMac;

CookieCodec codec(const CookieTerms& terms, std::string_view purpose = kPurpose,
                  const Mac& mac = kMac) {
  return CookieCodec(terms, purpose, mac);
}

/// What became of a value, in a word.
std::string read(const CookieCodec& codec, std::string_view text, base::WallTime now = kNow) {
  const auto value = codec.decode(text, now);
  if (value) return "of " + std::string(value->server);
  switch (value.error()) {
    case CookieFault::kForm:
      return "form";
    case CookieFault::kTag:
      return "tag";
    case CookieFault::kIdle:
      return "idle";
    case CookieFault::kOld:
      return "old";
  }
  return "?";
}

TEST_CASE("what one node makes the other takes") {
  const ToyMac theirs;  // the same key, on another node
  for (const bool is_signed : {false, true}) {
    for (const base::Duration idle : {base::Duration(0), base::Duration(1h)}) {
      const CookieTerms terms{.is_signed = is_signed, .max_idle = idle};
      const std::string text =
          codec(terms).encode({.server = "web-1", .first = kSecond - 100, .last = kSecond - 10});
      const CookieCodec other = codec(terms, kPurpose, theirs);
      const auto value = other.decode(text, kNow);
      REQUIRE(value);
      CHECK(value->server == "web-1");
      if (!terms.dated()) continue;
      CHECK(value->first == kSecond - 100);
      CHECK(value->last == kSecond - 10);
    }
  }
}

TEST_CASE("the text is as the head of the file has it") {
  CHECK(codec({.is_signed = false}).encode({.server = "a"}) == "a");
  CHECK(codec({.is_signed = false, .max_life = 1h})
            .encode({.server = "a", .first = 0x6955b900, .last = 0x6955b90a}) ==
        "a.6955b900.6955b90a");
  const std::string text = codec({}).encode({.server = "a"});
  CHECK(text.size() == 2 + 22);
  CHECK(text.starts_with("a."));
}

TEST_CASE("a value that was changed anywhere is forged") {
  const CookieCodec ours = codec({.max_idle = 1h});
  const std::string text = ours.encode({.server = "web1", .first = kSecond, .last = kSecond});
  REQUIRE(read(ours, text) == "of web1");
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == '1' ? '2' : '1';
    CAPTURE(changed);
    CHECK(read(ours, changed).find("of") == std::string::npos);
  }
  CHECK(read(ours, text + "A") == "tag");
  CHECK(read(ours, text.substr(0, text.size() - 1)) == "tag");
}

TEST_CASE("another cluster's, another backend's, another cookie's or an unsigned value is forged") {
  const ToyMac stranger(2);
  const CookieCodec ours = codec({});
  CHECK(read(ours, codec({}, kPurpose, stranger).encode({.server = "a"})) == "tag");
  CHECK(read(ours, codec({}, "other/SRV").encode({.server = "a"})) == "tag");
  CHECK(read(ours, codec({}, "pool/OTHER").encode({.server = "a"})) == "tag");
  CHECK(read(ours, "a") == "form");
  CHECK(read(ours, "a.") == "tag");
  // A server's id is made with the same key, and is no tag.
  CHECK(read(ours, "a." + ours.id_of("a")) == "tag");
}

TEST_CASE("what is no such value is told from what is forged") {
  const CookieCodec plain = codec({.is_signed = false});
  for (const std::string_view text : {"", ".", "a b", "a.b", "a~b", "\"a\"", "a\xff"}) {
    CAPTURE(text);
    CHECK(read(plain, text) == "form");
  }
  CHECK(read(plain, std::string(64, 'x')) == "of " + std::string(64, 'x'));
  CHECK(read(plain, std::string(65, 'x')) == "form");
  const CookieCodec dated = codec({.is_signed = false, .max_idle = 1h});
  for (const std::string_view text :
       {"a", "a.1", "a.1.", "a..1", ".1.1", "a.-1.1", "a.1.+1", "a.1.0x1", "a.1.1.1",
        "a.1.10000000000000000", "a.1.ffffffffffffffff", "a.1. 1"}) {
    CAPTURE(text);
    CHECK(read(dated, text) == "form");
  }
}

TEST_CASE("a value ends with its client's absence, and with its own age") {
  const CookieCodec dated = codec({.max_idle = 10min, .max_life = 1h});
  const std::string text = dated.encode({.server = "a", .first = kSecond, .last = kSecond});
  CHECK(read(dated, text, kNow + 10min) == "of a");
  CHECK(read(dated, text, kNow + 10min + 1s) == "idle");
  CHECK(read(dated, text, kNow + 1h + 1s) == "old");
  const std::string kept = dated.encode({.server = "a", .first = kSecond, .last = kSecond + 3590});
  CHECK(read(dated, kept, kNow + 1h) == "of a");
  CHECK(read(dated, kept, kNow + 1h + 1s) == "old");
  const CookieCodec idle_only = codec({.max_idle = 10min});
  CHECK(read(idle_only, idle_only.encode({.server = "a", .first = 0, .last = kSecond})) == "of a");
}

TEST_CASE("a clock that is ahead by a bit does no harm") {
  const CookieCodec dated = codec({.max_idle = 10min});
  const auto made_at = [&](std::int64_t time) {
    return dated.encode({.server = "a", .first = time, .last = time});
  };
  const std::string ahead = made_at(kSecond + 30);
  const auto value = dated.decode(ahead, kNow);
  REQUIRE(value);
  CHECK(value->last == kSecond);
  CHECK(value->first == kSecond);
  CHECK(read(dated, made_at(kSecond + 86'400)) == "of a");
  CHECK(read(dated, made_at(kSecond + 86'401)) == "old");
}

TEST_CASE("a server's id says nothing of it, and is the same on every node") {
  const CookieCodec ours = codec({});
  const std::string id = ours.id_of("web1");
  CHECK(id.size() == 12);
  CHECK(CookieCodec::valid_server(id));
  CHECK(id == codec({.is_signed = false, .max_idle = 1h}).id_of("web1"));
  CHECK(id != ours.id_of("web2"));
  CHECK(id != codec({}, "other/SRV").id_of("web1"));
  CHECK(id.find("web") == std::string::npos);
}

TEST_CASE("fuzz corpus: cookies") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/cookie_value",
                            fuzz::fuzz_cookie_value) >= 35);
}

}  // namespace
}  // namespace hapair::lb::test
