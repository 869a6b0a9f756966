#include <doctest/doctest.h>

#include "apps/hapair/worker/server_names.hpp"

using namespace hapair;
using namespace std::chrono_literals;
using Kind = lb::NameAnswer::Kind;

TEST_CASE("a watch knows what the file says of its name and resolver") {
  config::Server server{.name = "web", .address = {}, .weight = 7};
  server.by_name = {
      .name = "web.internal", .port = 8080, .slots = 3, .prefer = config::Prefer::kOnlyIpv6};
  const config::Resolver resolver{.name = "inside",
                                  .nameservers = {},
                                  .min_ttl = 2s,
                                  .max_ttl = 3s,
                                  .retry = 4s,
                                  .hold_failed = 5s,
                                  .hold_none = 6s,
                                  .hold_gone = 7s};
  const lb::NameSettings settings = worker::name_settings(server, resolver);
  CHECK(settings.name == "web.internal");
  CHECK_FALSE(settings.service);
  CHECK(settings.port == 8080);
  CHECK(settings.weight == 7);
  CHECK(settings.slots == 3);
  CHECK(settings.choice == lb::AddressChoice::kOnlyIpv6);
  CHECK(settings.min_ttl == 2s);
  CHECK(settings.max_ttl == 3s);
  CHECK(settings.retry == 4s);
  CHECK(settings.hold_failed == 5s);
  CHECK(settings.hold_none == 6s);
  CHECK(settings.hold_gone == 7s);
}

TEST_CASE("an answer of the DNS is data, nothing, or a failure with words") {
  const auto address = base::IpAddress::parse("192.0.2.1").value();
  lb::NameAnswer answer =
      worker::name_answer(net::DnsAnswer{.addresses = {address}, .services = {}, .ttl = 30s});
  CHECK(answer.kind == Kind::kData);
  CHECK(answer.addresses.size() == 1);
  CHECK(answer.ttl == 30s);

  answer = worker::name_answer(
      net::DnsAnswer{.services = {{.priority = 1, .weight = 2, .port = 3, .host = "a.internal"}}});
  REQUIRE(answer.services.size() == 1);
  CHECK(answer.services[0].priority == 1);
  CHECK(answer.services[0].weight == 2);
  CHECK(answer.services[0].port == 3);
  CHECK(answer.services[0].name == "a.internal");

  answer = worker::name_answer(net::DnsAnswer{.kind = net::DnsAnswer::Kind::kNoName, .ttl = 5s});
  CHECK(answer.kind == Kind::kNone);
  CHECK(answer.text == "there is no such name (NXDOMAIN)");
  CHECK(answer.ttl == 5s);
  answer = worker::name_answer(net::DnsAnswer{.kind = net::DnsAnswer::Kind::kNoData});
  CHECK(answer.text == "there is no such record");
  answer = worker::name_answer(base::fail("no nameserver answers in time"));
  CHECK(answer.kind == Kind::kFailed);
  CHECK(answer.text == "no nameserver answers in time");
}

TEST_CASE("the system's own list answers before the DNS, for both families") {
  const auto hosts = net::HostsFile::parse("192.0.2.1 web\n2001:db8::1 six\n");
  using lb::NameRecord;
  const auto answer = worker::hosts_answer(hosts, {.name = "web", .record = NameRecord::kIpv4});
  REQUIRE(answer);
  CHECK(answer->kind == lb::NameAnswer::Kind::kData);
  CHECK(answer->addresses.at(0).to_string() == "192.0.2.1");
  CHECK(answer->ttl == worker::kHostsTtl);
  const auto none = worker::hosts_answer(hosts, {.name = "web", .record = NameRecord::kIpv6});
  REQUIRE(none);
  CHECK(none->kind == lb::NameAnswer::Kind::kNone);
  CHECK_FALSE(none->text.empty());
  CHECK(
      worker::hosts_answer(hosts, {.name = "six", .record = NameRecord::kIpv6})->addresses.size() ==
      1);
  CHECK_FALSE(worker::hosts_answer(hosts, {.name = "other", .record = NameRecord::kIpv4}));
  CHECK_FALSE(worker::hosts_answer(hosts, {.name = "web", .record = NameRecord::kService}));
  CHECK(worker::hosts_answer({}, {.name = "localhost", .record = NameRecord::kIpv6})
            ->addresses.size() == 1);
}
