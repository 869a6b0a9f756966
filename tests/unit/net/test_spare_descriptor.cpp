// A descriptor for the moment when there is none.
#include "common/net/spare_descriptor.hpp"

#include <doctest/doctest.h>

namespace hapair::net {
namespace {

TEST_CASE("a spare descriptor is given up once, and taken again") {
  SpareDescriptor spare;
  REQUIRE(spare.held());
  const UniqueFd before(::eventfd(0, EFD_CLOEXEC));
  CHECK(spare.give_up());
  CHECK_FALSE(spare.held());
  CHECK_FALSE(spare.give_up());
  // Its number is the lowest that is free.
  const UniqueFd instead(::eventfd(0, EFD_CLOEXEC));
  CHECK(instead.get() < before.get());
  spare.renew();
  CHECK(spare.held());
  spare.renew();
  CHECK(spare.give_up());
}

}  // namespace
}  // namespace hapair::net
