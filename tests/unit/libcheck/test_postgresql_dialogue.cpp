#include "common/base/bytes.hpp"
#include "libcheck/core/postgresql_dialogue.hpp"
#include "talk.hpp"

using namespace hapair;
using namespace hapair::check;

namespace {

std::string message(char type, std::string_view body) {
  base::ByteWriter out;
  out.u8(static_cast<std::uint8_t>(type)).u32(static_cast<std::uint32_t>(body.size() + 4));
  out.bytes(base::as_bytes(body));
  return std::string(base::as_text(out.view()));
}

const std::string kAuthOk = message('R', bytes("\0\0\0\0"));
const std::string kWantsScram = message('R', bytes("\0\0\0\x0aSCRAM-SHA-256\0\0"));
const std::string kReadyForQuery = message('Z', "I");
const std::string kKey = message('K', "12345678");

std::string parameter(std::string_view name, std::string_view value) {
  return message('S', std::string(name) + '\0' + std::string(value) + '\0');
}

auto postgres(PostgresqlRole role = PostgresqlRole::kAny) {
  return [role] { return make_dialogue(PostgresqlCheck{.user = "check", .role = role}); };
}

}  // namespace

TEST_CASE("postgresql: a user without a password is let in, and takes leave") {
  Talk talk(postgres()());
  CHECK(talk.sent == bytes("\0\0\0\x2c\0\3\0\0user\0check\0application_name\0hapair\0\0"));
  talk.hear(kAuthOk + parameter("server_version", "15.1") + kKey);
  CHECK(talk.outcome() == "waiting");
  talk.hear(kReadyForQuery);
  CHECK(talk.outcome() == "L7OK: ready for a query");
  CHECK(talk.sent.ends_with(bytes("X\0\0\0\4")));
}

TEST_CASE("postgresql: the database is asked for by name") {
  Talk talk(make_dialogue(PostgresqlCheck{.user = "u", .database = "shop"}));
  CHECK(talk.sent.find(bytes("user\0u\0database\0shop\0")) != std::string::npos);
}

TEST_CASE("postgresql: a server that asks for a password is up, but tells no role") {
  CHECK(outcome_of(postgres(), kWantsScram) == "L7OK: it asks for a password");
  CHECK(outcome_of(postgres(PostgresqlRole::kPrimary), kWantsScram) ==
        "L7STS: it asks for a password, so it does not tell its role");
}

TEST_CASE("postgresql: an error is told with severity and code, before and after the login") {
  const std::string starting =
      message('E', bytes("SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"));
  CHECK(outcome_of(postgres(), starting) ==
        "L7STS: FATAL 57P03: the database system is starting up");
  const std::string missing = message('E', bytes("SFATAL\0C3D000\0Mno such database\0\0"));
  CHECK(outcome_of(postgres(), kAuthOk + missing) == "L7STS: FATAL 3D000: no such database");
  CHECK(outcome_of(postgres(), message('E', "Sbroken")) == "L7STS:  : ");
}

TEST_CASE("postgresql: the role must be the expected one") {
  const std::string primary = kAuthOk + parameter("in_hot_standby", "off") + kReadyForQuery;
  const std::string standby = kAuthOk + parameter("in_hot_standby", "on") + kReadyForQuery;
  CHECK(outcome_of(postgres(PostgresqlRole::kPrimary), primary) == "L7OK: role primary");
  CHECK(outcome_of(postgres(PostgresqlRole::kPrimary), standby) == "L7STS: role standby");
  CHECK(outcome_of(postgres(PostgresqlRole::kStandby), standby) == "L7OK: role standby");
  CHECK(outcome_of(postgres(PostgresqlRole::kStandby), primary) == "L7STS: role primary");
  CHECK(outcome_of(postgres(PostgresqlRole::kPrimary), kAuthOk + kReadyForQuery) ==
        "L7STS: it does not tell its role; PostgreSQL does from version 14 on");
}

TEST_CASE("postgresql: what is not the protocol is refused") {
  CHECK(outcome_of(postgres(), "HTTP") == "L7RSP: no PostgreSQL answer: HTTP");
  CHECK(outcome_of(postgres(), bytes("R\0\0\0\3")) == "L7RSP: a message with an impossible length");
  CHECK(outcome_of(postgres(), bytes("R\x7f\0\0\0")) ==
        "L7RSP: a message with an impossible length");
  CHECK(outcome_of(postgres(), message('R', "12")) ==
        "L7RSP: an authentication request without a method");
  CHECK(outcome_of(postgres(), kReadyForQuery) == "L7RSP: ready before the authentication");
  CHECK(outcome_of(postgres(), "R") == "L7RSP: closed within the answer to the start-up");
  CHECK(outcome_of(postgres(), kAuthOk) == "L7RSP: closed before the word that it is ready");
}

TEST_CASE("postgresql: one that talks without an end is refused") {
  std::string flood = kAuthOk;
  while (flood.size() <= Conversation::kMaxReceived) flood += message('N', std::string(8000, 'x'));
  CHECK(outcome_of(postgres(), flood) == "L7RSP: the answer is too long");
}

TEST_CASE("postgresql: TLS is asked for, and the session begins under it") {
  const auto secured = [] { return make_dialogue(PostgresqlCheck{.user = "u", .starttls = true}); };
  const Talk plain(make_dialogue(PostgresqlCheck{.user = "u"}));
  Talk talk(secured());
  const std::string request = bytes("\0\0\0\x08\x04\xd2\x16\x2f");
  CHECK((talk.sent == request));
  talk.hear("S");
  CHECK(talk.secured);
  CHECK((talk.sent == request + plain.sent));
  CHECK(outcome_of(secured, "N") == "L7STS: no TLS is offered");
  CHECK(outcome_of(secured, "HTTP") == "L7RSP: no PostgreSQL answer about TLS: HTTP");
  CHECK(outcome_of(secured, "") == "L7RSP: closed before the answer about TLS");
}
