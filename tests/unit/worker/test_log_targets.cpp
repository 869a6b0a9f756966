#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/hapair/worker/log_targets.hpp"
#include "common/event/clock.hpp"
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
    std::array<char, 8192> buffer{};
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

/// Targets of a node, with the loop and the logger that they need.
struct Scene {
  explicit Scene(std::vector<config::LogTarget> log_targets)
      : loop(event::EventLoop::create().value()), targets(*loop, "lb1", false, log) {
    model.log = std::move(log_targets);
    targets.open(model);
  }
  /// What the daemon gets next: lines gather for a moment before they leave.
  std::string next(Daemon& daemon) const {
    const base::Instant give_up = event::now() + std::chrono::seconds(5);
    std::string got = daemon.receive();
    while (got == "nothing" && event::now() < give_up) {
      loop->run_once();
      got = daemon.receive();
    }
    return got;
  }
  std::unique_ptr<event::EventLoop> loop;
  config::Model model;
  base::Logger log;
  worker::LogTargets targets;
};

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("records and access lines go to the targets that take their level") {
  Daemon all;
  Daemon quiet;
  Scene s({all.target(base::LogLevel::kInfo), quiet.target(base::LogLevel::kError)});
  REQUIRE(s.targets.access_sink() != nullptr);
  s.targets.write(record(), lb::AccessFormat::kHttp);
  CHECK(holds(s.next(all), "front web/<NOSRV>"));
  CHECK(quiet.receive() == "nothing");
  s.log.error("vrrp-alarm", "VI_1", "two masters");
  CHECK(holds(all.receive(), "two masters"));
  CHECK(holds(quiet.receive(), "two masters"));
}

TEST_CASE("a target gets what it is for: records, access lines, or both") {
  Daemon records;
  Daemon access;
  config::LogTarget for_records = records.target(base::LogLevel::kDebug);
  for_records.what = config::LogWhat::kRecords;
  config::LogTarget for_access = access.target(base::LogLevel::kError);
  for_access.what = config::LogWhat::kAccess;
  for_access.facility = config::Facility::kLocal7;
  for_access.tag = "web";
  Scene s({for_records, for_access});
  s.targets.write(record(), lb::AccessFormat::kJson);
  const std::string line = s.next(access);
  CHECK(line.starts_with("<190>"));  // local7 (23) * 8 + info (6)
  CHECK(holds(line, " lb1 web["));
  CHECK(holds(line, "]: {\"time\":"));
  CHECK(records.receive() == "nothing");
  s.log.error("vrrp-alarm", "VI_1", "two masters");
  CHECK(holds(records.receive(), "two masters"));
  CHECK(access.receive() == "nothing");
  CHECK(s.targets.targets().at(1).sink.written() == 1);
}

TEST_CASE("a target's level is another one as long as the config says nothing new") {
  Daemon daemon;
  Scene s({daemon.target(base::LogLevel::kWarning)});
  CHECK(s.targets.access_sink() == nullptr);
  CHECK_FALSE(s.log.takes(base::LogLevel::kInfo));
  s.targets.change(0, {.level = base::LogLevel::kDebug});
  CHECK(s.targets.access_sink() != nullptr);
  s.log.debug("vrrp-checksum", "VI_1", "detail");
  CHECK(holds(daemon.receive(), "detail"));
  config::Model same = s.model;
  s.targets.follow_change(same);
  s.log.debug("vrrp-checksum", "VI_1", "more detail");
  CHECK(holds(daemon.receive(), "more detail"));
  config::Model other = s.model;
  other.log.push_back(daemon.target(base::LogLevel::kError));
  s.targets.follow_change(other);
  CHECK_FALSE(s.log.takes(base::LogLevel::kInfo));
  CHECK(s.targets.state(0).level == base::LogLevel::kWarning);
  CHECK(s.targets.targets().size() == 2);
}

TEST_CASE("a target that is switched off gets nothing until it is switched on") {
  Daemon daemon;
  Scene s({daemon.target(base::LogLevel::kInfo)});
  const std::string name = s.targets.targets().front().sink.name();
  CHECK(s.targets.find(name) == std::vector<std::size_t>{0});
  CHECK(s.targets.find("stderr").empty());
  s.targets.change(0, {.enabled = false});
  CHECK(s.targets.access_sink() == nullptr);
  CHECK_FALSE(s.log.takes(base::LogLevel::kWarning));
  s.log.error("vrrp-alarm", "VI_1", "nobody hears it");
  s.targets.write(record(), lb::AccessFormat::kHttp);
  CHECK(daemon.receive() == "nothing");
  s.targets.change(0, {.enabled = true});
  s.log.error("vrrp-alarm", "VI_1", "two masters");
  CHECK(holds(daemon.receive(), "two masters"));
}

TEST_CASE("records as JSON, and held back beyond a burst of the target's own") {
  Daemon daemon;
  config::LogTarget target = daemon.target(base::LogLevel::kInfo);
  target.form = config::LogForm::kJson;
  target.burst = 1;
  Scene s({target});
  s.log.info("check-state", "web/n1", "down");
  CHECK(holds(daemon.receive(), R"("subject":"web/n1","node":"lb1","message":"down"})"));
  s.log.info("check-state", "web/n1", "up");
  CHECK(daemon.receive() == "nothing");
  CHECK(s.targets.targets().front().sink.held_back() == 1);
}

TEST_CASE("a target that is switched off tells at once what was held back, and nothing later") {
  Daemon daemon;
  config::LogTarget target = daemon.target(base::LogLevel::kInfo);
  target.burst = 1;
  target.interval = std::chrono::milliseconds(100);
  Scene s({target});
  s.log.info("check-state", "web/n1", "down");
  CHECK(holds(daemon.receive(), "down"));
  s.log.info("check-state", "web/n1", "up");
  CHECK(daemon.receive() == "nothing");
  s.targets.change(0, {.enabled = false});
  CHECK(holds(daemon.receive(), "log-held-back web/n1: held back 1 of 2 records check-state"));
  const base::Instant until = event::now() + std::chrono::milliseconds(150);
  while (event::now() < until) s.loop->run_once();
  CHECK(daemon.receive() == "nothing");
}

TEST_CASE("the journal gets fields, of access lines too") {
  const std::string path = std::filesystem::temp_directory_path() / "hapair-journal-test";
  const net::UniqueFd journal(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  unlink(path.c_str());
  REQUIRE(bind(journal.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const auto received = [&] {
    std::array<char, 8192> buffer{};
    const ssize_t got = recv(journal.get(), buffer.data(), buffer.size(), 0);
    return got < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(got));
  };
  Scene s({{.type = config::LogType::kJournald, .socket = path}});
  CHECK(s.targets.targets().front().sink.name() == "journald " + path);
  s.log.error("vrrp-alarm", "VI_1", "two masters");
  const std::string entry = received();
  CHECK(entry.starts_with("MESSAGE=vrrp-alarm VI_1: two masters\nPRIORITY=3\n"));
  CHECK(holds(entry, "\nHAPAIR_NODE=lb1\n"));
  CHECK(holds(entry, "\nHAPAIR_SUBJECT=VI_1\n"));
  lb::AccessRecord access = record();
  access.server = "n1";
  access.status = 503;
  access.target = "/a\nPRIORITY=0";
  s.targets.write(access, lb::AccessFormat::kHttp);
  const base::Instant give_up = event::now() + std::chrono::seconds(5);
  std::string line = received();
  while (line == "nothing" && event::now() < give_up) {
    s.loop->run_once();
    line = received();
  }
  for (const char* field :
       {"\nHAPAIR_ID=access\n", "\nHAPAIR_FRONTEND=front\nHAPAIR_BACKEND=web\nHAPAIR_SERVER=n1\n",
        "\nHAPAIR_STATUS=503\n", "\nHAPAIR_END=----\n"}) {
    CAPTURE(field);
    CHECK(holds(line, field));
  }
  CHECK(holds(line, std::string("\nHAPAIR_TARGET\n\x0d\0\0\0\0\0\0\0/a\nPRIORITY=0\n", 37)));
  unlink(path.c_str());
}

TEST_CASE("no access record is made when nobody takes it") {
  Daemon quiet;
  Scene s({quiet.target(base::LogLevel::kWarning)});
  CHECK(s.targets.access_sink() == nullptr);
}

TEST_CASE("access lines carry local time, as HAProxy's do, on both sides of a change") {
  const TimeZone zone(
      "ABC-2DEF,M11.3.3/2,M12.1.0/3");  // one hour more from 15 November 2023, 02:00
  Daemon daemon;
  Scene s({daemon.target(base::LogLevel::kInfo)});
  s.targets.write(record(), lb::AccessFormat::kHttp);
  CHECK(holds(s.next(daemon), "[15/Nov/2023:00:13:20.000]"));
  lb::AccessRecord later = record();
  later.accepted += std::chrono::hours(2);
  s.targets.write(later, lb::AccessFormat::kHttp);
  CHECK(holds(s.next(daemon), "[15/Nov/2023:03:13:20.000]"));
}

TEST_CASE("drops are told of in the other targets, once a minute") {
  Daemon daemon;
  config::LogTarget nowhere = daemon.target(base::LogLevel::kInfo);
  nowhere.socket = "/nonexistent/log";
  Scene s({daemon.target(base::LogLevel::kInfo), nowhere});
  const std::string big(4000, 'x');
  lb::AccessRecord wide = record();
  wide.request_line = big;
  for (int i = 0; i < 1000; ++i) s.targets.write(wide, lb::AccessFormat::kHttp);
  const std::uint64_t dropped = s.targets.targets().at(1).sink.dropped();
  CHECK(dropped > 0);
  while (daemon.receive() != "nothing") {
  }
  const base::Instant now = s.loop->now();
  const auto told = [&](base::Instant at) {
    while (daemon.receive() != "nothing") {
    }
    s.targets.tell_drops(at);
    // Access lines that still waited leave before it.
    std::string last = "nothing";
    for (std::string line = daemon.receive(); line != "nothing"; line = daemon.receive()) {
      last = line;
    }
    return last;
  };
  CHECK(holds(told(now), "log-dropped syslog /nonexistent/log: " + std::to_string(dropped) +
                             " lines were dropped: No such file or directory"));
  CHECK(told(now + std::chrono::minutes(2)) == "nothing");
  s.targets.write(wide, lb::AccessFormat::kHttp);
  CHECK(told(now + std::chrono::seconds(30)) == "nothing");
  CHECK(holds(told(now + std::chrono::minutes(3)), ": 1 lines were dropped"));
}

TEST_CASE("without the process that writes files their lines are dropped, and nothing else is") {
  Daemon daemon;
  config::LogTarget file = daemon.target(base::LogLevel::kInfo);
  file.type = config::LogType::kFile;
  file.path = "/var/log/x";
  Scene s({file, daemon.target(base::LogLevel::kInfo)});
  s.log.error("vrrp-alarm", "VI_1", "two masters");
  CHECK(holds(daemon.receive(), "two masters"));
  CHECK(s.targets.targets().front().sink.written() == 0);
  CHECK(s.targets.targets().front().sink.name() == "file /var/log/x");
  CHECK_FALSE(s.targets.targets().front().sink.fault().empty());
}
