#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>

#include "apps/hapair/logging/record_text.hpp"
#include "apps/hapair/logging/syslog_sink.hpp"
#include "common/net/socket.hpp"

using namespace hapair;

namespace {

/// A syslog daemon for one test: a UDP socket on loopback.
struct Daemon {
  explicit Daemon(base::Endpoint at = {base::IpAddress::parse("127.0.0.1").value(), 0}) {
    fd.reset(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    const auto address = net::SocketAddress::from(at);
    REQUIRE(bind(fd.get(), address.get(), address.length) == 0);
    here = net::local_endpoint(fd.get()).value();
  }
  std::string receive() {
    std::array<char, 2048> buffer{};
    const ssize_t got = recv(fd.get(), buffer.data(), buffer.size(), 0);
    return got < 0 ? std::string("nothing")
                   : std::string(buffer.data(), static_cast<std::size_t>(got));
  }
  net::UniqueFd fd;
  base::Endpoint here;
};

}  // namespace

TEST_CASE("a record is one line: id, subject, message, nothing a terminal would obey") {
  CHECK(logging::record_text({base::LogLevel::kInfo, "vrrp-transition", "VI_1", "a\nb"}) ==
        "vrrp-transition VI_1: a\\x0ab");
  CHECK(logging::record_text({base::LogLevel::kInfo, "worker-start", "", "up"}) ==
        "worker-start: up");
  CHECK(logging::record_text({base::LogLevel::kInfo, "x", "", std::string(2000, 'y')}).size() <
        1000);
}

TEST_CASE("syslog gets facility and severity, time, host, tag and text") {
  Daemon daemon;
  auto sink = logging::SyslogSink::create(daemon.here, 19, "lb1").value();
  sink.write({base::LogLevel::kError, "vrrp-alarm", "VI_1", "two masters"});
  const std::string error = daemon.receive();
  CHECK(error.starts_with("<155>"));  // local3 (19) * 8 + error (3)
  CHECK(error.find(" lb1 hapair[") != std::string::npos);
  CHECK(error.ends_with("]: vrrp-alarm VI_1: two masters"));
  CHECK(error.substr(5, 15).find_first_not_of(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789: ") ==
        std::string::npos);
  sink.write_line("an access line");
  const std::string line = daemon.receive();
  CHECK(line.starts_with("<158>"));
  CHECK(line.ends_with("]: an access line"));
  CHECK(sink.dropped() == 0);
}

TEST_CASE("a daemon that restarts gets the next line: the error it left costs none") {
  auto daemon = std::make_unique<Daemon>();
  const base::Endpoint here = daemon->here;
  auto sink = logging::SyslogSink::create(here, 16, "lb1").value();
  daemon.reset();
  sink.write_line("lost");
  daemon = std::make_unique<Daemon>(here);
  sink.write_line("kept");
  CHECK(daemon->receive().ends_with("]: kept"));
  CHECK(sink.dropped() == 0);
}
