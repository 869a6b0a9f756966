#include <doctest/doctest.h>

#include "common/base/ip_address.hpp"

using namespace hapair;
using base::Endpoint;
using base::IpAddress;
using base::Prefix;

TEST_CASE("addresses are read and written in both families") {
  for (const char* text : {"192.0.2.1", "0.0.0.0", "::", "2001:db8::1", "fe80::1"}) {
    CHECK(IpAddress::parse(text).value().to_string() == text);
  }
  for (const char* text : {"", "192.0.2", "192.0.2.01", "192.0.2.1 ", "1.2.3.4/24", "::1%lo"}) {
    CAPTURE(text);
    CHECK_FALSE(IpAddress::parse(text));
  }
}

TEST_CASE("the higher address compares greater, as VRRP breaks ties") {
  CHECK(IpAddress::parse("10.0.0.2").value() > IpAddress::parse("10.0.0.1").value());
  CHECK(IpAddress::parse("10.0.1.0").value() > IpAddress::parse("10.0.0.255").value());
  CHECK(IpAddress::parse("200.0.0.0").value() > IpAddress::parse("100.0.0.0").value());
}

TEST_CASE("a prefix without a length is a single host") {
  CHECK(Prefix::parse("192.0.2.1").value().to_string() == "192.0.2.1/32");
  CHECK(Prefix::parse("2001:db8::1").value().to_string() == "2001:db8::1/128");
  CHECK(Prefix::parse("192.0.2.1/24").value().length == 24);
  CHECK_FALSE(Prefix::parse("192.0.2.1/33"));
  CHECK_FALSE(Prefix::parse("192.0.2.1/"));
}

TEST_CASE("a prefix contains its own network only") {
  const Prefix prefix = Prefix::parse("10.1.16.1/20").value();
  CHECK(prefix.contains(IpAddress::parse("10.1.31.255").value()));
  CHECK_FALSE(prefix.contains(IpAddress::parse("10.1.32.0").value()));
  CHECK_FALSE(prefix.contains(IpAddress::parse("::1").value()));
}

TEST_CASE("endpoints need a port and, in IPv6, brackets") {
  CHECK(Endpoint::parse("192.0.2.1:80").value().to_string() == "192.0.2.1:80");
  CHECK(Endpoint::parse("[2001:db8::1]:443").value().to_string() == "[2001:db8::1]:443");
  for (const char* text : {"192.0.2.1", "192.0.2.1:0", "192.0.2.1:65536", "2001:db8::1:80",
                           "[192.0.2.1]:80", ":80", "host:80"}) {
    CAPTURE(text);
    CHECK_FALSE(Endpoint::parse(text));
  }
}

TEST_CASE("an error names the text and the remedy") {
  CHECK(Endpoint::parse("web:80").error().message ==
        "'web:80' is not an address and port; write 192.0.2.10:80 or [2001:db8::10]:80");
}
