#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "apps/hapair/web/order_guard.hpp"

using namespace hapair;
using web::OrderGuard;

namespace {

const OrderGuard kGuard({1, 2, 3});

struct Order {
  std::string host = "lb.example:8404";
  std::vector<std::pair<std::string, std::string>> fields{};
};

/// What is wrong with it; empty: nothing.
std::string told(const Order& order, std::string_view user = "alice",
                 const OrderGuard& guard = kGuard) {
  http::RequestHead head;
  head.host = order.host;
  for (const auto& [name, value] : order.fields) head.fields.add({.name = name, .value = value});
  const auto fine = guard.check(head, user);
  return fine ? std::string() : fine.error().message;
}

std::pair<std::string, std::string> token(std::string_view user = "alice") {
  return {std::string(OrderGuard::kField), kGuard.token_of(user)};
}

}  // namespace

TEST_CASE("an order with its user's token goes through, from the page or from a program") {
  CHECK(told({.fields = {token()}}) == "");
  CHECK(told({.fields = {token(),
                         {"Origin", "https://lb.example:8404"},
                         {"Sec-Fetch-Site", "same-origin"}}}) == "");
  CHECK(told({.fields = {token(), {"Origin", "http://LB.example:8404"}}}) == "");
}

TEST_CASE("an order without a token, or with another's, is refused") {
  const std::string wanted =
      "the field X-Hapair-Token is missing, or is not that of this user and "
      "this run of the program; load the page anew";
  CHECK(told({}) == wanted);
  CHECK(told({.fields = {token("bob")}}) == wanted);
  CHECK(told({.fields = {{std::string(OrderGuard::kField), ""}}}) == wanted);
  const OrderGuard other({9});
  CHECK(told({.fields = {{std::string(OrderGuard::kField), other.token_of("alice")}}}) == wanted);
  CHECK(kGuard.token_of("alice").size() == 64);
}

TEST_CASE("an order from another site is refused, token or not") {
  for (const char* site : {"cross-site", "same-site", "none"}) {
    CHECK(told({.fields = {token(), {"Sec-Fetch-Site", site}}}) ==
          "the order comes from another site; give it on the page itself");
  }
  for (const char* origin : {"https://evil.example", "null", "https://lb.example",
                             "lb.example:8404", "https://lb.example:8404.evil.example"}) {
    CAPTURE(origin);
    CHECK(told({.fields = {token(), {"Origin", origin}}}) ==
          "the order comes from a page of another origin; give it on the page itself");
  }
}

TEST_CASE("nobody's order is refused") {
  CHECK(told({.fields = {token("")}}, "") == "nobody has said who he is; log in to the page first");
}

TEST_CASE("without a key there is no token, and no order goes through") {
  const OrderGuard bare(OrderGuard::Key{});
  CHECK_FALSE(bare.has_key());
  CHECK(bare.token_of("alice") == "");
  for (const std::string& given : {std::string(), kGuard.token_of("alice")}) {
    CHECK(told({.fields = {{std::string(OrderGuard::kField), given}}}, "alice", bare) ==
          "this host has no random numbers for a token yet; load the page anew later");
  }
  CHECK(kGuard.has_key());
}
