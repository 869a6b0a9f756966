#include "libcheck/core/mysql_dialogue.hpp"
#include "talk.hpp"

using namespace hapair;
using namespace hapair::check;

namespace {

// Stand-ins that show what went into them: the first byte, and how much it was.
template <std::size_t N>
std::array<std::uint8_t, N> trace(base::Bytes input) {
  std::array<std::uint8_t, N> out{};
  out[0] = input.empty() ? std::uint8_t{0} : input[0];
  out[1] = static_cast<std::uint8_t>(input.size());
  return out;
}

constexpr Hashes kTracing{.sha1 = trace<20>, .sha256 = trace<32>};

std::string packet(char sequence, std::string_view payload) {
  std::string out{static_cast<char>(payload.size()), static_cast<char>(payload.size() >> 8), '\0',
                  sequence};
  return out.append(payload);
}

/// Protocol 10, PLUGIN_AUTH, a nonce of "abcdefgh" and "ijklmnopqrst".
std::string handshake(std::string_view version, std::string_view plugin) {
  std::string payload = "\x0a" + std::string(version) + '\0';
  payload += bytes("\1\0\0\0abcdefgh\0\xff\xf7\x2d\2\0\xff\x81\x15");
  payload += std::string(10, '\0') + bytes("ijklmnopqrst\0");
  payload += std::string(plugin) + '\0';
  return packet(0, payload);
}

const std::string kNative = handshake("5.5.5-10.11.6-MariaDB", "mysql_native_password");
const std::string kSha2 = handshake("8.0.36", "caching_sha2_password");
const std::string kOkPacket = packet(2, bytes("\0\0\0\2\0\0\0"));
const std::string kQuit = bytes("\1\0\0\0\1");

auto mysql(MysqlCheck check = {}) {
  return [check] { return make_dialogue(check, kTracing); };
}

}  // namespace

TEST_CASE("mysql: without a user the handshake is enough") {
  CHECK(outcome_of(mysql(), kNative) == "L7OK: 10.11.6-MariaDB");
  CHECK(Talk(mysql()()).hear(kSha2).sent.empty());
}

TEST_CASE("mysql: a user without a password logs in, and out again") {
  Talk talk(mysql({.user = "check", .database = "shop"})());
  talk.hear(kNative);
  CHECK(talk.sent.starts_with(packet(1, "").substr(3)) == false);
  CHECK(talk.sent[3] == 1);
  CHECK(talk.sent.ends_with(bytes("check\0\0shop\0mysql_native_password\0")));
  talk.hear(kOkPacket);
  CHECK(talk.outcome() == "L7OK: 10.11.6-MariaDB");
  CHECK(talk.sent.ends_with(kQuit));
}

TEST_CASE("mysql: native password: the hash, mixed with that of the nonce and the hash's hash") {
  Talk talk(mysql({.user = "u", .password = "pw"})());
  talk.hear(kNative);
  // once = (p, 2, 0...), twice = (p, 20), mixed with the hash of 40 bytes that begin with the nonce
  std::string proof(20, '\0');
  proof[0] = 'p' ^ 'a';
  proof[1] = 0x2 ^ 40;
  CHECK(talk.sent.ends_with(bytes("u\0\x14") + proof + bytes("mysql_native_password\0")));
}

TEST_CASE("mysql: caching_sha2: its fast way, and nothing where the server wants the password") {
  Talk talk(mysql({.user = "u", .password = "pw"})());
  talk.hear(kSha2);
  // once = (p, 2, 0...), mixed with the hash of 52 bytes that begin with the hash's hash
  std::string proof(32, '\0');
  proof[0] = 'p' ^ 'p';
  proof[1] = 0x2 ^ 52;
  CHECK(talk.sent.ends_with(bytes("u\0\x20") + proof + bytes("caching_sha2_password\0")));
  talk.hear(packet(2, "\x01\x03"));
  CHECK(talk.outcome() == "waiting");
  talk.hear(kOkPacket);
  CHECK(talk.outcome() == "L7OK: 8.0.36");

  CHECK(outcome_of(mysql({.user = "u", .password = "pw"}), kSha2 + packet(2, "\x01\x04"))
            .starts_with("L7STS: the server does not have the password in its cache"));
  CHECK(outcome_of(mysql({.user = "u", .password = "pw"}), kSha2 + packet(2, "\x01xx")) ==
        "L7RSP: data for the login that make no sense");
  Talk no_password(mysql({.user = "u"})());
  no_password.hear(kSha2);
  CHECK(no_password.sent.ends_with(bytes("u\0\1\0caching_sha2_password\0")));
}

TEST_CASE("mysql: the account's own way to log in is followed where it is known") {
  const std::string to_native =
      packet(2, bytes("\xfemysql_native_password\0qrstuvwxyzqrstuvwxyz\0"));
  Talk talk(mysql({.user = "u", .password = "pw"})());
  talk.hear(kSha2 + to_native);
  std::string proof(20, '\0');
  proof[0] = 'p' ^ 'q';
  proof[1] = 0x2 ^ 40;
  CHECK(talk.sent.ends_with(packet(3, proof)));
  talk.hear(kOkPacket);
  CHECK(talk.outcome() == "L7OK: 8.0.36");
  CHECK(outcome_of(mysql({.user = "u"}), kNative + packet(2, bytes("\xfe"
                                                                   "ed25519\0x"))) ==
        "L7STS: the account wants ed25519, which a check can't do");
  CHECK(outcome_of(mysql({.user = "u"}), kNative + packet(2, "\xfe")) ==
        "L7STS: the account wants an old way, which a check can't do");
  CHECK(outcome_of(mysql({.user = "u"}),
                   kNative + packet(2, bytes("\xfemysql_native_password\0x"))) ==
        "L7RSP: a change of the way to log in without its data");
}

TEST_CASE("mysql: errors are told with their number, before and after the handshake") {
  CHECK(outcome_of(mysql(), packet(0, bytes("\xff\x10\x04Too many connections"))) ==
        "L7STS 1040: Too many connections");
  CHECK(outcome_of(mysql({.user = "u"}),
                   kNative + packet(2, bytes("\xff\x15\x04#28000Access denied"))) ==
        "L7STS 1045: Access denied");
  CHECK(outcome_of(mysql(), packet(0, "\xff")) == "L7RSP: an error without a code");
}

TEST_CASE("mysql: what is not the protocol is refused") {
  CHECK(outcome_of(mysql(), packet(0, "\x09old")) ==
        "L7RSP: a handshake that is not that of protocol 10");
  CHECK(outcome_of(mysql(), packet(0, bytes("\x0a"
                                            "8.0\0xx"))) ==
        "L7RSP: a handshake that is not that of protocol 10");
  const std::string bare = packet(0, bytes("\x0a"
                                           "5.0\0\1\0\0\0abcdefgh\0\xff\xf7"));
  CHECK(outcome_of(mysql(), bare) == "L7OK: 5.0");
  CHECK(outcome_of(mysql({.user = "u"}), bare) == "L7RSP: a handshake without what a login needs");
  CHECK(outcome_of(mysql(), "HTTP/1.1 400").starts_with("L7RSP: no MySQL packet"));
  CHECK(outcome_of(mysql(), bytes("\0\0\0\0")).starts_with("L7RSP: no MySQL packet"));
  CHECK(outcome_of(mysql({.user = "u"}), kNative + packet(2, "\x07")) ==
        "L7RSP: an answer to the login that is none");
  CHECK(outcome_of(mysql(), "") == "L7RSP: closed before the handshake");
  CHECK(outcome_of(mysql({.user = "u"}), kNative) ==
        "L7RSP: closed before the answer to the login");
}
