#include <doctest/doctest.h>

#include "liblb/core/sni_routes.hpp"

namespace hapair::lb {
namespace {

TEST_CASE("the nearest name counts") {
  SniRoutes routes;
  CHECK(routes.empty());
  routes.add("*.example", 1);
  routes.add("WWW.Shop.Example", 2);
  routes.add("*.shop.example", 3);
  routes.add("shop.example", 4);
  CHECK_FALSE(routes.empty());
  CHECK(routes.find("www.shop.example") == 2);
  CHECK(routes.find("deep.below.shop.example") == 3);
  CHECK(routes.find("shop.example") == 4);
  CHECK(routes.find("other.example") == 1);
}

TEST_CASE("what no name covers has no route") {
  SniRoutes routes;
  routes.add("*.example", 1);
  CHECK_FALSE(routes.find("example"));
  CHECK_FALSE(routes.find("badexample"));
  CHECK_FALSE(routes.find("www.example.org"));
  CHECK_FALSE(routes.find(""));
  CHECK_FALSE(SniRoutes().find("www.example"));
}

}  // namespace
}  // namespace hapair::lb
