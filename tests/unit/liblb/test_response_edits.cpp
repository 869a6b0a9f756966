// What is made of a server's response head on its way to the client.
#include <doctest/doctest.h>

#include <string>

#include "tests/unit/liblb/played_sides.hpp"

namespace hapair::lb::test {
namespace {

bool answer(Scene& s, int status, std::size_t head_bytes = 100) {
  http::ResponseHead head;
  head.status = status;
  head.fields.add({.name = "Server", .value = "a"});
  return s.exchange->on_response_head(head, head_bytes, {}, s.now);
}

TEST_CASE("the final head has what the edits say, interim ones stay as they are") {
  Scene s;
  Exchange& exchange = s.begin();
  exchange.response_edits().set("Server", "b");
  exchange.response_edits().add("X-New", "1");
  exchange.on_connected(s.now);
  CHECK(answer(s, 103));
  CHECK(s.client.fields == "Server=a;");
  CHECK(answer(s, 200));
  CHECK(s.client.fields == "Server=b;X-New=1;");
}

TEST_CASE("a head that the client has no room for is offered again as it came") {
  Scene s;
  Exchange& exchange = s.begin();
  exchange.response_edits().add("X-New", "1");
  exchange.on_connected(s.now);
  s.client.full = true;
  CHECK_FALSE(answer(s, 200));
  s.client.full = false;
  CHECK(answer(s, 200));
  CHECK(s.client.fields == "Server=a;X-New=1;");
}

TEST_CASE("a head that has no room for what is to be added is a bad one") {
  Scene s;
  Exchange& exchange = s.begin();
  exchange.response_edits().add("X-New", std::string(1000, 'x'));
  exchange.on_connected(s.now);
  CHECK_FALSE(answer(s, 200, 15 * 1024 + 900));
  CHECK(s.first.abandoned);
  CHECK(s.client.said == "error 502;");
  CHECK(s.exchange->report().cause == 'P');
  CHECK(s.backend.counters.response_errors == 1);
}

}  // namespace
}  // namespace hapair::lb::test
