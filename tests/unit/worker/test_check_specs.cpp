#include <doctest/doctest.h>

#include <chrono>
#include <variant>

#include "apps/hapair/worker/check_specs.hpp"

using namespace hapair;
using namespace std::chrono_literals;

namespace {

config::Server server() {
  config::Server made;
  made.name = "s";
  made.address = base::Endpoint::parse("192.0.2.21:80").value();
  return made;
}

config::Check http_check() {
  config::Check made;
  made.type = config::CheckType::kHttp;
  made.interval = 2s;
  made.fast_interval = 1s;
  made.down_interval = 5s;
  made.timeout = 500ms;
  made.service = check::HttpCheck{.method = "HEAD", .path = "/health"};
  return made;
}

}  // namespace

TEST_CASE("what the configuration says of a check reaches its spec") {
  const check::CheckSpec spec = worker::check_spec(http_check(), server(), std::nullopt);
  CHECK(spec.endpoint == server().address);
  CHECK(spec.intervals.normal == 2s);
  CHECK(spec.intervals.fast == 1s);
  CHECK(spec.intervals.down == 5s);
  CHECK(spec.timeout == 500ms);
  CHECK(spec.proxy_version == 0);
  CHECK_FALSE(spec.tls);
  CHECK(spec.kind == *http_check().service);
}

TEST_CASE("a check is of the server unless it has an address, a port or a header of its own") {
  config::Check check = http_check();
  config::Server checked = server();
  checked.send_proxy = config::SendProxy::kV2;
  CHECK(worker::check_spec(check, checked, std::nullopt).proxy_version == 2);
  check.send_proxy = config::SendProxy::kOff;
  checked.checked_at.port = 8081;
  CHECK(worker::check_spec(check, checked, std::nullopt).proxy_version == 0);
  CHECK(worker::check_spec(check, checked, std::nullopt).endpoint.to_string() == "192.0.2.21:8081");
  checked.checked_at.address = base::IpAddress::parse("2001:db8::9").value();
  checked.source = base::IpAddress::parse("192.0.2.1").value();
  const auto elsewhere = worker::check_spec(check, checked, std::nullopt);
  CHECK(elsewhere.endpoint.to_string() == "[2001:db8::9]:8081");
  CHECK_FALSE(elsewhere.source);  // of the other family
}

TEST_CASE("the types tcp and tls differ in what goes below") {
  config::Check check = http_check();
  check.type = config::CheckType::kTcp;
  check.service.reset();
  CHECK(std::holds_alternative<check::TcpCheck>(
      worker::check_spec(check, server(), std::nullopt).kind));
  check.type = config::CheckType::kTls;
  const auto spec = worker::check_spec(check, server(), 3);
  CHECK(std::holds_alternative<check::TcpCheck>(spec.kind));
  REQUIRE(spec.tls);
  CHECK(spec.tls->context == 3);
  CHECK(spec.tls->certificate_days == 0);
  check.certificate_days = 14;
  CHECK(worker::check_spec(check, server(), 3).tls->certificate_days == 14);
}

TEST_CASE("what a type with a protocol of its own says is what the configuration made of it") {
  config::Check check = http_check();
  check.type = config::CheckType::kRedis;
  check.service = check::RedisCheck{.role = check::RedisRole::kMaster};
  const auto spec = worker::check_spec(check, server(), std::nullopt);
  CHECK(std::get<check::RedisCheck>(spec.kind).role == check::RedisRole::kMaster);
}

TEST_CASE("an agent is asked beside the server, at a port of its own") {
  config::Agent agent{.interval = 3s, .timeout = 1s, .send = "hi"};
  agent.place.port = 9000;
  const auto spec = worker::agent_spec(agent, server());
  CHECK(spec.endpoint.to_string() == "192.0.2.21:9000");
  CHECK(spec.intervals.down == 3s);
  CHECK(spec.timeout == 1s);
  CHECK(std::get<check::AgentCheck>(spec.kind).send == "hi");
  agent.place.address = base::IpAddress::parse("192.0.2.9").value();
  CHECK(worker::agent_spec(agent, server()).endpoint.to_string() == "192.0.2.9:9000");
}

TEST_CASE("a check that changes over to TLS begins in plain text") {
  config::Check check = http_check();
  CHECK_FALSE(worker::check_spec(check, server(), 0).tls->on_demand);
  check.service = check::SmtpCheck{.starttls = true};
  CHECK(worker::check_spec(check, server(), 0).tls->on_demand);
  check.service = check::PostgresqlCheck{.user = "u", .starttls = true};
  CHECK(worker::check_spec(check, server(), 0).tls->on_demand);
  CHECK_FALSE(worker::check_spec(check, server(), std::nullopt).tls);
}
