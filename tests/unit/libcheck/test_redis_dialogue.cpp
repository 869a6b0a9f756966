#include "libcheck/core/redis_dialogue.hpp"
#include "talk.hpp"

using namespace hapair::check;

namespace {

constexpr std::string_view kPing = "*1\r\n$4\r\nPING\r\n";
constexpr std::string_view kInfo = "*2\r\n$4\r\nINFO\r\n$11\r\nreplication\r\n";

auto redis(RedisCheck check = {}) {
  return [check] { return make_dialogue(check); };
}

}  // namespace

TEST_CASE("redis: PING brings PONG") {
  Talk talk(redis()());
  CHECK(talk.sent == kPing);
  talk.hear("+PONG\r\n");
  CHECK(talk.outcome() == "L7OK: PONG");
}

TEST_CASE("redis: a server that asks for a password is up, but tells no role") {
  CHECK(outcome_of(redis(), "-NOAUTH Authentication required.\r\n") ==
        "L7OK: it asks for a password");
  CHECK(outcome_of(redis({.role = RedisRole::kMaster}), "-NOAUTH Authentication required.\r\n") ==
        "L7STS: NOAUTH Authentication required.");
}

TEST_CASE("redis: a server that can't serve now says why") {
  CHECK(outcome_of(redis(), "-LOADING Redis is loading the dataset in memory\r\n") ==
        "L7STS: LOADING Redis is loading the dataset in memory");
}

TEST_CASE("redis: a password is said first, with the user's name where there is one") {
  Talk talk(redis({.password = "geheim"})());
  CHECK(talk.sent == "*2\r\n$4\r\nAUTH\r\n$6\r\ngeheim\r\n");
  talk.hear("+OK\r\n");
  CHECK(talk.sent.ends_with(kPing));
  talk.hear("+PONG\r\n");
  CHECK(talk.outcome() == "L7OK: PONG");

  Talk named(redis({.user = "hapair", .password = "geheim"})());
  CHECK(named.sent == "*3\r\n$4\r\nAUTH\r\n$6\r\nhapair\r\n$6\r\ngeheim\r\n");
  named.hear("-WRONGPASS invalid username-password pair\r\n");
  CHECK(named.outcome() == "L7STS: WRONGPASS invalid username-password pair");
}

TEST_CASE("redis: the role must be the expected one") {
  const std::string master =
      "+PONG\r\n$89\r\n# Replication\r\nrole:master\r\nconnected_slaves:0\r\n";
  const std::string replica = "+PONG\r\n$89\r\n# Replication\r\nrole:slave\r\nmaster_host:x\r\n";
  Talk talk(redis({.role = RedisRole::kMaster})());
  talk.hear("+PONG\r\n");
  CHECK(talk.sent == std::string(kPing) + std::string(kInfo));
  CHECK(outcome_of(redis({.role = RedisRole::kMaster}), master) == "L7OK: role master");
  CHECK(outcome_of(redis({.role = RedisRole::kMaster}), replica) == "L7STS: role slave");
  CHECK(outcome_of(redis({.role = RedisRole::kReplica}), replica) == "L7OK: role slave");
  CHECK(outcome_of(redis({.role = RedisRole::kReplica}), master) == "L7STS: role master");
  CHECK(outcome_of(redis({.role = RedisRole::kMaster}), "+PONG\r\n$16\r\n# Replication\r\n\r\n") ==
        "L7RSP: INFO replication tells no role");
}

TEST_CASE("redis: what is no reply is refused, and what was awaited is told") {
  CHECK(outcome_of(redis(), "HTTP/1.1 400 Bad Request\r\n") ==
        "L7RSP: unexpected reply to PING: HTTP/1.1 400 Bad Request");
  CHECK(outcome_of(redis(), "") == "L7RSP: closed before the reply to PING");
  CHECK(outcome_of(redis({.role = RedisRole::kMaster}), "+PONG\r\n+OK\r\n") ==
        "L7RSP: unexpected reply to INFO: +OK");
  Talk silent(redis({.password = "x"})());
  CHECK(silent.timeout() == "L7TOUT: no reply to AUTH in time");
}
