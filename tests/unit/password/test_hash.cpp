#include <doctest/doctest.h>

#include <string>

#include "common/password/hash.hpp"

using namespace hapair::password;

TEST_CASE("a hash is the one that openssl passwd -6 makes") {
  const auto hash = make_hash("secret", "saltsalt");
  REQUIRE(hash.has_value());
  CHECK(*hash ==
        "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN."
        "Pq.H91p5hVO1");
  CHECK(*make_hash("secret", "saltsalt") == *hash);
  CHECK(*make_hash("secret", "another.") != *hash);
  CHECK(*make_hash("Secret", "saltsalt") != *hash);
}

TEST_CASE("what crypt refuses is an error") {
  CHECK_FALSE(make_hash(std::string("a\0b", 3), "saltsalt").has_value());
  CHECK_FALSE(make_hash(std::string(600, 'x'), "saltsalt").has_value());
}
