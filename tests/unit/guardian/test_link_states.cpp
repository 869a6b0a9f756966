#include <doctest/doctest.h>

#include "apps/hapair/guardian/link_states.hpp"
#include "tests/unit/ip.hpp"

namespace hapair::guardian {
namespace {

Grants link_grants() {
  Grants grants;
  grants.interfaces = {"eth0", "eth1"};
  grants.groups.resize(2);
  grants.groups[0].source = ip("192.0.2.1");
  grants.groups[1].source = ip("fe80::1");
  return grants;
}

TEST_CASE("a link counts as well until it is told to be otherwise, and only news is news") {
  LinkStates links(link_grants());
  CHECK(links.carrier(1));
  CHECK(links.addressed(1));
  CHECK(links.set_carrier(1, false));
  CHECK_FALSE(links.set_carrier(1, false));
  CHECK(links.set_carrier(1, true));
}

TEST_CASE("only the addresses that adverts leave from count, and all of them must be there") {
  LinkStates links(link_grants());
  CHECK_FALSE(links.set_present(0, ip("192.0.2.9"), false));
  CHECK(links.set_present(0, ip("192.0.2.1"), false));
  CHECK_FALSE(links.set_present(0, ip("fe80::1"), false));
  CHECK_FALSE(links.addressed(0));
  CHECK_FALSE(links.set_present(0, ip("192.0.2.1"), true));
  CHECK(links.set_present(0, ip("fe80::1"), true));
}

}  // namespace
}  // namespace hapair::guardian
