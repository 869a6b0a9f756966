#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <string>

#include "apps/hapair/worker/log_targets.hpp"
#include "common/net/socket.hpp"

using namespace hapair;

namespace {

/// A syslog daemon for one test, and a config target that names it.
struct Daemon {
  Daemon() {
    fd.reset(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    const auto any = net::SocketAddress::from({base::IpAddress::parse("127.0.0.1").value(), 0});
    REQUIRE(bind(fd.get(), any.get(), any.length) == 0);
  }
  [[nodiscard]] config::LogTarget target(base::LogLevel level) const {
    return {.type = config::LogType::kSyslog,
            .level = level,
            .address = net::local_endpoint(fd.get()).value(),
            .facility = config::Facility::kLocal3};
  }
  std::string receive() {
    std::array<char, 2048> buffer{};
    const ssize_t got = recv(fd.get(), buffer.data(), buffer.size(), 0);
    return got < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(got));
  }
  net::UniqueFd fd;
};

/// The process's time zone for as long as it lives.
struct TimeZone {
  explicit TimeZone(const char* zone) { set(zone); }
  ~TimeZone() { set("UTC"); }
  static void set(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
};

lb::AccessRecord record() {
  lb::AccessRecord record;
  record.accepted = base::WallTime(std::chrono::seconds(1'700'000'000));  // 22:13:20 UTC
  record.frontend = "front";
  record.backend = "web";
  record.request_line = "GET / HTTP/1.1";
  return record;
}

}  // namespace

TEST_CASE("records and access lines go to the targets that take their level") {
  Daemon all;
  Daemon quiet;
  base::Logger log;
  worker::LogTargets targets("lb1", false);
  REQUIRE(
      targets.open({all.target(base::LogLevel::kInfo), quiet.target(base::LogLevel::kError)}, log));
  REQUIRE(targets.access_sink() != nullptr);
  targets.write(record(), lb::AccessFormat::kHttp);
  CHECK(all.receive().find("front web/<NOSRV>") != std::string::npos);
  CHECK(quiet.receive() == "nothing");
  log.error("vrrp-alarm", "VI_1", "two masters");
  CHECK(all.receive().find("two masters") != std::string::npos);
  CHECK(quiet.receive().find("two masters") != std::string::npos);
}

TEST_CASE("no access record is made when nobody takes it") {
  Daemon quiet;
  base::Logger log;
  worker::LogTargets targets("lb1", false);
  REQUIRE(targets.open({quiet.target(base::LogLevel::kWarning)}, log));
  CHECK(targets.access_sink() == nullptr);
}

TEST_CASE("access lines carry local time, as HAProxy's do") {
  const TimeZone zone("ABC-2");  // two hours ahead of UTC
  Daemon daemon;
  base::Logger log;
  worker::LogTargets targets("lb1", false);
  REQUIRE(targets.open({daemon.target(base::LogLevel::kInfo)}, log));
  targets.write(record(), lb::AccessFormat::kHttp);
  CHECK(daemon.receive().find("[15/Nov/2023:00:13:20.000]") != std::string::npos);
}
