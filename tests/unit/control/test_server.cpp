#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <optional>
#include <sstream>
#include <thread>

#include "apps/hapair/control/client.hpp"
#include "apps/hapair/control/follow_client.hpp"
#include "apps/hapair/control/server.hpp"
#include "apps/hapair/control/status_command.hpp"
#include "apps/hapair/control/status_json.hpp"
#include "common/net/socket.hpp"
#include "sample_status.hpp"
#include "tests/unit/memory_sink.hpp"

using namespace hapair;
using namespace hapair::control;

namespace {

/// A folder of its own that goes with the test.
struct TemporaryFolder {
  std::string path;
  TemporaryFolder() {
    char name[] = "/tmp/hapair-control-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
};

struct ServerBench {
  TemporaryFolder folder;
  std::string path = folder.path + "/control.sock";
  std::unique_ptr<event::EventLoop> loop = event::EventLoop::create().value();
  MemorySink sink;
  base::Logger log;
  FakeNode node;
  ControlServer server{*loop,       log,         net::listen_unix(path, 0660).value(), node, node,
                       node.events, std::nullopt};

  ServerBench() {
    log.add_sink(sink, base::LogLevel::kInfo);
    REQUIRE(server.start());
  }

  void turn() {
    for (int i = 0; i < 10; ++i) loop->run_once();
  }

  /// Serves the loop while another thread talks to it.
  template <class Client>
  auto while_serving(Client client) {
    std::optional<decltype(client())> result;
    std::atomic<bool> done = false;
    std::thread thread([&] {
      result = client();
      done = true;
    });
    while (!done) loop->run_once();
    thread.join();
    return std::move(*result);
  }
};

std::string read_all(int fd) {
  std::string out;
  char bytes[4096];
  for (;;) {
    const ssize_t got = ::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got <= 0) return out;
    out.append(bytes, static_cast<std::size_t>(got));
  }
}

}  // namespace

TEST_CASE("the server answers on its socket and closes connections that are over") {
  ServerBench bench;
  const auto client = net::connect_unix(bench.path).value();
  const std::string request = "GET /v1/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  REQUIRE(::send(client.get(), request.data(), request.size(), 0) > 0);
  bench.turn();
  CHECK(read_all(client.get()).starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(bench.server.connection_count() == 0);
}

TEST_CASE("the rights are those of the process at the other end") {
  ServerBench bench;
  const auto client = net::connect_unix(bench.path).value();
  const std::string request =
      "POST /v1/servers/web_server/node1/state HTTP/1.1\r\nHost: x\r\nContent-Length: 18\r\n\r\n"
      "{\"state\": \"ready\"}";
  REQUIRE(::send(client.get(), request.data(), request.size(), 0) > 0);
  bench.turn();
  const std::string answer = read_all(client.get());
  CHECK(answer.starts_with(::geteuid() == 0 ? "HTTP/1.1 200 " : "HTTP/1.1 403 "));
}

TEST_CASE("connections beyond the limit are refused and leave the others alone") {
  ServerBench bench;
  std::vector<net::UniqueFd> clients;
  for (std::size_t i = 0; i <= ControlServer::kMaxConnections; ++i) {
    clients.push_back(net::connect_unix(bench.path).value());
    const bool begins = i < ControlServer::kMaxConnections;  // a request, and goes on later
    if (begins) CHECK(::send(clients.back().get(), "GET ", 4, MSG_NOSIGNAL) == 4);
    bench.turn();
  }
  CHECK(bench.server.connection_count() == ControlServer::kMaxConnections);
  REQUIRE(bench.sink.lines.size() == 1);
  CHECK(bench.sink.lines[0].starts_with("warning control-refused control: a connection of uid "));
  char byte = 0;
  CHECK(::recv(clients.back().get(), &byte, 1, MSG_DONTWAIT) == 0);

  const auto another = net::connect_unix(bench.path).value();
  bench.turn();
  CHECK(bench.sink.lines.size() == 1);  // one record a minute, however many are refused

  clients.erase(clients.begin());
  bench.turn();
  CHECK(bench.server.connection_count() == ControlServer::kMaxConnections - 1);
}

TEST_CASE("connections that say nothing keep nobody out") {
  ServerBench bench;
  const auto ask = [&bench](const net::UniqueFd& client) {
    const std::string_view request = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
    CHECK(::send(client.get(), request.data(), request.size(), MSG_NOSIGNAL) > 0);
    bench.turn();
    return read_all(client.get());
  };
  std::vector<net::UniqueFd> clients;
  for (std::size_t i = 0; i < ControlServer::kMaxConnections; ++i) {
    clients.push_back(net::connect_unix(bench.path).value());
    bench.turn();
  }
  CHECK(ask(clients[1]).starts_with("HTTP/1.1 200 "));
  const auto another = net::connect_unix(bench.path).value();
  CHECK(ask(another).starts_with("HTTP/1.1 200 "));
  CHECK(bench.server.connection_count() == ControlServer::kMaxConnections);
  CHECK(bench.sink.lines.empty());
  char byte = 0;
  CHECK(::recv(clients[0].get(), &byte, 1, MSG_DONTWAIT) == 0);
  CHECK(ask(clients[2]).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("without descriptors the server pauses instead of spinning") {
  ServerBench bench;
  const auto client = net::connect_unix(bench.path).value();
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  bench.turn();
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  REQUIRE(bench.sink.lines.size() == 1);
  CHECK(bench.sink.lines[0].starts_with(
      "error control-accept control: no connection can be accepted: "));
}

TEST_CASE("a process without descriptors lets one question in by way of the spare one") {
  ServerBench bench;
  const auto client = net::connect_unix(bench.path).value();
  const int lowest_free = ::dup(client.get());
  REQUIRE(lowest_free >= 0);
  ::close(lowest_free);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit full{.rlim_cur = static_cast<rlim_t>(lowest_free), .rlim_max = before.rlim_max};
  const std::string request = "GET /v1/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  REQUIRE(::send(client.get(), request.data(), request.size(), 0) > 0);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &full) == 0);
  bench.turn();
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(read_all(client.get()).starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(bench.server.connection_count() == 0);
}

TEST_CASE("hapair status fetches the document and shows it as tables or JSON") {
  ServerBench bench;
  const int json_code = bench.while_serving([&] {
    std::ostringstream out;
    std::ostringstream err;
    const int code = run_status({.socket = bench.path, .json = true, .colours = false}, out, err);
    CHECK(out.str() == render_status(sample_status()));
    CHECK(err.str().empty());
    return code;
  });
  CHECK(json_code == 0);
  const int table_code = bench.while_serving([&] {
    std::ostringstream out;
    std::ostringstream err;
    const int code = run_status({.socket = bench.path, .json = false, .colours = false}, out, err);
    CHECK(out.str().starts_with("node lb1, hapair 0.1.0, up 1d 2h"));
    return code;
  });
  CHECK(table_code == 0);
}

TEST_CASE("hapair status says what to do when nobody answers") {
  TemporaryFolder folder;
  const std::string path = folder.path + "/control.sock";
  std::ostringstream out;
  std::ostringstream err;
  CHECK(run_status({.socket = path}, out, err) == 4);
  CHECK(err.str() == "hapair status: there is no " + path +
                         ": is hapair running on this host? Start it with 'systemctl start "
                         "hapair', or name its socket with --socket or its directory with "
                         "--runtime-dir\n");

  {
    const auto stale = net::listen_unix(path, 0660).value();
  }
  std::ostringstream refused;
  CHECK(run_status({.socket = path}, out, refused) == 4);
  CHECK(refused.str() == "hapair status: nobody answers on " + path +
                             ": hapair is not running; start it with 'systemctl start hapair'\n");
  CHECK(out.str().empty());
}

TEST_CASE("hapair status says what to do when the connection is closed on it") {
  TemporaryFolder folder;
  const std::string path = folder.path + "/control.sock";
  const auto listener = net::listen_unix(path, 0660).value();
  std::thread other([&] {
    std::optional<net::Accepted> accepted;
    while (!accepted) accepted = std::move(net::accept_one(listener.get()).value());
  });
  std::ostringstream out;
  std::ostringstream err;
  CHECK(run_status({.socket = path}, out, err) == 4);
  other.join();
  CHECK(err.str() == "hapair status: the connection to " + path +
                         " was closed without an answer: hapair is starting anew, or too many "
                         "connections to it are open; try again, and look at its log\n");

  std::ostringstream too_long;
  const std::string long_path = "/" + std::string(200, 'a');
  CHECK(run_status({.socket = long_path}, out, too_long) == 4);
  CHECK(too_long.str() ==
        "hapair status: '" + long_path + "' is no usable socket path: use 1 to 107 bytes\n");
}

TEST_CASE("hapair status tells another server's answer from a status") {
  TemporaryFolder folder;
  const std::string path = folder.path + "/other.sock";
  const auto listener = net::listen_unix(path, 0660).value();
  for (const std::string& reply :
       {std::string("SSH-2.0-OpenSSH_9.2\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), std::string()}) {
    CAPTURE(reply);
    std::ostringstream out;
    std::ostringstream err;
    std::thread other([&] {
      std::optional<net::Accepted> accepted;
      while (!accepted) accepted = std::move(net::accept_one(listener.get()).value());
      ::send(accepted->fd.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
      char bytes[4096];
      while (::recv(accepted->fd.get(), bytes, sizeof bytes, MSG_DONTWAIT) < 0) {
      }
    });
    CHECK(run_status({.socket = path}, out, err) == 1);
    other.join();
    CHECK(out.str().empty());
    CHECK(err.str().starts_with("hapair status: "));
  }
}

namespace {

base::JournalEvent some_event() {
  return {.id = "maintenance", .subject = "VI_1", .from = {}, .to = "on", .cause = "ordered"};
}

}  // namespace

TEST_CASE("the journal is followed by several at once, but not by all there may be") {
  ServerBench bench;
  const std::string request = "GET /v1/events/follow HTTP/1.1\r\nHost: x\r\n\r\n";
  std::vector<net::UniqueFd> clients;
  for (std::size_t i = 0; i <= ControlServer::kMaxFollowers; ++i) {
    clients.push_back(net::connect_unix(bench.path).value());
    REQUIRE(::send(clients.back().get(), request.data(), request.size(), 0) > 0);
    bench.turn();
  }
  CHECK(read_all(clients.back().get()).starts_with("HTTP/1.1 503 "));
  bench.node.events.add(some_event());
  bench.turn();
  for (std::size_t i = 0; i < ControlServer::kMaxFollowers; ++i) {
    CHECK(read_all(clients[i].get()).find("{\"number\":1,") != std::string::npos);
  }
  clients.erase(clients.begin());
  bench.turn();
  const auto another = net::connect_unix(bench.path).value();
  REQUIRE(::send(another.get(), request.data(), request.size(), 0) > 0);
  bench.turn();
  CHECK(read_all(another.get()).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("the command follows from line to line, and says when the stream breaks") {
  ServerBench bench;
  bench.node.events.add(some_event());
  std::vector<std::string> lines;
  const auto done = bench.while_serving([&] {
    return follow(bench.path, "/v1/events/follow/0", [&](std::string_view line) {
      lines.emplace_back(line);
      return false;
    });
  });
  CHECK(done.has_value());
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("{\"number\":1,"));
  const auto wrong = bench.while_serving([&] {
    return follow(bench.path, "/v1/events/follow/x", [](std::string_view) { return true; });
  });
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().message == "the answer has status 400");
  CHECK(follow(bench.folder.path + "/none", "/", [](std::string_view) { return true; })
            .error()
            .os_errno == ENOENT);
}
