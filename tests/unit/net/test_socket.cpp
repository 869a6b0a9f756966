#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "common/net/socket.hpp"

using namespace hapair;

namespace {

/// A folder of its own that goes away with the test.
struct ScratchFolder {
  ScratchFolder() { REQUIRE(mkdtemp(path.data()) != nullptr); }
  ~ScratchFolder() {
    unlink((path + "/s").c_str());
    rmdir(path.c_str());
  }
  std::string path = "/tmp/hapair-unit-XXXXXX";
};

}  // namespace

TEST_CASE("an endpoint survives the way through the kernel's form") {
  for (const char* text : {"192.0.2.1:80", "[2001:db8::1]:443"}) {
    const auto endpoint = base::Endpoint::parse(text).value();
    CHECK(net::SocketAddress::from(endpoint).endpoint().value() == endpoint);
  }
  CHECK_FALSE(net::SocketAddress{}.endpoint());
}

TEST_CASE("an address that is not on this host can be bound ahead of time") {
  const base::Endpoint absent{base::IpAddress::parse("192.0.2.77").value(), 0};
  CHECK_FALSE(net::bind_tcp(absent, {.freebind = false}));
  CHECK(net::bind_tcp(absent, {.freebind = true}));
}

TEST_CASE("an address that can't be bound is told with what to do") {
  const base::Endpoint any{base::IpAddress::parse("127.0.0.1").value(), 0};
  const auto listener = net::bind_tcp(any, {}).value();
  REQUIRE(net::start_listening(listener.get(), 4));
  const auto taken = net::local_endpoint(listener.get()).value();
  const std::string port = std::to_string(taken.port);
  CHECK(net::bind_tcp(taken, {}).error().message ==
        "bind 127.0.0.1:" + port + ": Address already in use; `ss -ltnp sport = :" + port +
            "` shows who listens there: stop it, or use another port");
  const base::Endpoint absent{base::IpAddress::parse("192.0.2.77").value(), 80};
  CHECK(net::bind_tcp(absent, {}).error().message ==
        "bind 192.0.2.77:80: Cannot assign requested address; give this host the address (`ip "
        "addr` shows those it has), or use another one");
}

TEST_CASE("a Unix socket takes the place of nothing but a socket") {
  const ScratchFolder folder;
  const std::string path = folder.path + "/s";
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY, 0600);
  REQUIRE(file >= 0);
  ::close(file);
  const auto refused = net::listen_unix(path, 0600);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "listen on " + path +
                                       ": there is something else than a socket; remove it, or "
                                       "name another path");
  struct stat status{};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  CHECK(S_ISREG(status.st_mode));
}

TEST_CASE("a bound socket queues nobody until it listens, then accepts") {
  const base::Endpoint any{base::IpAddress::parse("127.0.0.1").value(), 0};
  const auto listener = net::bind_tcp(any, {}).value();
  const auto here = net::local_endpoint(listener.get()).value();
  const auto refused = net::connect_tcp(here).value();
  CHECK(net::connect_error(refused.get()) == ECONNREFUSED);
  REQUIRE(net::start_listening(listener.get(), 4));
  const auto client = net::connect_tcp(here).value();
  const auto accepted = net::accept_one(listener.get()).value();
  REQUIRE(accepted);
  CHECK(accepted->peer == net::local_endpoint(client.get()).value());
  CHECK_FALSE(net::accept_one(listener.get()).value());
}

TEST_CASE("a quiet socket lets who connects wait, and what stands go on") {
  const base::Endpoint any{base::IpAddress::parse("127.0.0.1").value(), 0};
  const auto listener = net::bind_tcp(any, {}).value();
  const auto here = net::local_endpoint(listener.get()).value();
  REQUIRE(net::set_quiet(listener.get(), false));  // it is not: nothing to take back
  REQUIRE(net::start_listening(listener.get(), 4));
  const auto old_client = net::connect_tcp(here).value();
  REQUIRE(net::set_quiet(listener.get(), true));
  const auto accepted = net::accept_one(listener.get()).value();
  REQUIRE(accepted);
  const auto late = net::connect_tcp(here).value();
  CHECK_FALSE(net::accept_one(listener.get()).value());
  CHECK(::send(old_client.get(), "hello", 5, MSG_NOSIGNAL) == 5);
  char heard[8];
  CHECK(::recv(accepted->fd.get(), heard, sizeof heard, 0) == 5);
  REQUIRE(net::set_quiet(listener.get(), false));
  const auto next = net::connect_tcp(here).value();
  CHECK(net::accept_one(listener.get()).value());
}

TEST_CASE("a connection can leave from a chosen source address") {
  const base::Endpoint any{base::IpAddress::parse("127.0.0.1").value(), 0};
  const auto listener = net::bind_tcp(any, {}).value();
  REQUIRE(net::start_listening(listener.get(), 4));
  const auto source = base::IpAddress::parse("127.0.0.9").value();
  const auto client = net::connect_tcp(net::local_endpoint(listener.get()).value(), source).value();
  CHECK(net::accept_one(listener.get()).value()->peer.address == source);
}

TEST_CASE("what a listener with TCP keep-alive accepts has it too") {
  const base::Endpoint any{base::IpAddress::parse("127.0.0.1").value(), 0};
  const auto listener = net::bind_tcp(any, {}).value();
  net::set_keep_alive(listener.get(), std::chrono::seconds(7), std::chrono::hours(9), 3);
  REQUIRE(net::start_listening(listener.get(), 4));
  const auto client = net::connect_tcp(net::local_endpoint(listener.get()).value()).value();
  const auto accepted = net::accept_one(listener.get()).value();
  REQUIRE(accepted);
  const auto option = [&](int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(accepted->fd.get(), level, name, &value, &size) == 0 ? value : -1;
  };
  CHECK(option(SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option(IPPROTO_TCP, TCP_KEEPIDLE) == 7);
  CHECK(option(IPPROTO_TCP, TCP_KEEPINTVL) == 9 * 3600);
  CHECK(option(IPPROTO_TCP, TCP_KEEPCNT) == 3);
}

TEST_CASE("a Unix socket has its mode, replaces a stale file and spares a live one") {
  ScratchFolder folder;
  const std::string path = folder.path + "/s";
  {
    REQUIRE(net::listen_unix(path, 0600));
  }  // closed: the file stays behind
  const auto listener = net::listen_unix(path, 0660).value();
  struct stat info{};
  REQUIRE(stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0660);
  CHECK(net::listen_unix(path, 0660).error().message ==
        "listen on " + path + ": another process answers there; stop it first");
  const auto client = net::connect_unix(path).value();
  net::accept_one(listener.get()).value();  // the probe of the refused attempt above
  const auto accepted = net::accept_one(listener.get()).value();
  REQUIRE(accepted);
  const auto peer = net::peer_credentials(accepted->fd.get()).value();
  CHECK(peer.uid == getuid());
  CHECK(peer.is_member_of(getgid()));
  CHECK_FALSE(peer.is_member_of(4242424));
}
