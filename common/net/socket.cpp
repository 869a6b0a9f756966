#include "common/net/socket.hpp"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "common/base/text.hpp"
#include "common/net/own_shortage.hpp"

namespace hapair::net {
namespace {

constexpr int kSocketFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
constexpr int kUnixBacklog = 64;

int native_family(base::Family family) {
  return family == base::Family::kIpv4 ? AF_INET : AF_INET6;
}

bool set_flag(int fd, int level, int option) {
  const int on = 1;
  return ::setsockopt(fd, level, option, &on, sizeof on) == 0;
}

base::Result<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return std::unexpected(
        base::Error{base::concat("'", path, "' is no usable socket path: use 1 to ",
                                 sizeof address.sun_path - 1, " bytes"),
                    ENAMETOOLONG});
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

/// Why there is no socket there, with what to do about it.
std::unexpected<base::Error> bind_fail(const std::string& what, std::uint16_t port) {
  auto error = base::os_fail(what);
  std::string& message = error.error().message;
  if (error.error().os_errno == EADDRINUSE) {
    message += base::concat("; `ss -ltnp sport = :", port,
                            "` shows who listens there: stop it, or use another port");
  } else if (error.error().os_errno == EADDRNOTAVAIL) {
    message += "; give this host the address (`ip addr` shows those it has), or use another one";
  }
  return error;
}

/// What was there may be removed: a socket that nobody listens at any more, or nothing.
base::Result<void> make_room(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) {
    return base::fail("there is something else than a socket; remove it, or name another path");
  }
  ::unlink(path.c_str());
  return {};
}

}  // namespace

SocketAddress SocketAddress::from(const base::Endpoint& endpoint) {
  SocketAddress out;
  const base::Bytes bytes = endpoint.address.bytes();
  if (endpoint.address.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(endpoint.port);
    std::memcpy(&in.sin_addr, bytes.data(), bytes.size());
    std::memcpy(&out.storage, &in, sizeof in);
    out.length = sizeof in;
  } else {
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(endpoint.port);
    std::memcpy(&in6.sin6_addr, bytes.data(), bytes.size());
    std::memcpy(&out.storage, &in6, sizeof in6);
    out.length = sizeof in6;
  }
  return out;
}

std::optional<base::Endpoint> SocketAddress::endpoint() const {
  const auto of = [](const void* raw, std::size_t size, in_port_t port) {
    const auto* bytes = static_cast<const std::uint8_t*>(raw);
    return base::Endpoint{base::IpAddress::from_bytes({bytes, size}).value(), ntohs(port)};
  };
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    return of(&in.sin_addr, sizeof in.sin_addr, in.sin_port);
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 in6{};
    std::memcpy(&in6, &storage, sizeof in6);
    return of(&in6.sin6_addr, sizeof in6.sin6_addr, in6.sin6_port);
  }
  return std::nullopt;
}

base::Result<UniqueFd> bind_tcp(const base::Endpoint& endpoint, const ListenOptions& options) {
  const std::string what = base::concat("bind ", endpoint.to_string());
  UniqueFd fd(::socket(native_family(endpoint.address.family()), SOCK_STREAM | kSocketFlags, 0));
  if (!fd) return base::os_fail(what);
  if (!set_flag(fd.get(), SOL_SOCKET, SO_REUSEADDR)) return base::os_fail(what);
  set_flag(fd.get(), IPPROTO_TCP, TCP_NODELAY);  // accepted sockets inherit it
  if (options.freebind && !set_flag(fd.get(), IPPROTO_IP, IP_FREEBIND)) return base::os_fail(what);
  if (!endpoint.address.is_v4() && options.v6_only &&
      !set_flag(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY)) {
    return base::os_fail(what);
  }
  SocketAddress address = SocketAddress::from(endpoint);
  if (options.scope != 0 && !endpoint.address.is_v4()) {
    reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_scope_id = options.scope;
  }
  if (::bind(fd.get(), address.get(), address.length) != 0) return bind_fail(what, endpoint.port);
  return fd;
}

base::Result<UniqueFd> listen_unix(const std::string& path, std::uint32_t mode) {
  const std::string what = base::concat("listen on ", path);
  const auto address = unix_address(path);
  if (!address) return std::unexpected(address.error());
  if (connect_unix(path)) {
    return base::fail(base::concat(what, ": another process answers there; stop it first"));
  }
  if (const auto made = make_room(path); !made) {
    return std::unexpected(made.error().within(what));
  }
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | kSocketFlags, 0));
  if (!fd) return base::os_fail(what);
  // fchmod before bind sets the mode the socket file is born with: no moment of wider access.
  if (::fchmod(fd.get(), mode) != 0) return base::os_fail(what);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
      ::chmod(path.c_str(), mode) != 0 || ::listen(fd.get(), kUnixBacklog) != 0) {
    return base::os_fail(what);
  }
  return fd;
}

base::Result<void> start_listening(int fd, int backlog) {
  if (::listen(fd, backlog) != 0) return base::os_fail("listen");
  return {};
}

base::Result<void> set_quiet(int fd, bool quiet) {
  // The filter sees the TCP header: in its byte 13 are the flags (RFC 9293, section 3.1).
  static constexpr std::uint32_t kFlags = 13;
  static constexpr std::uint32_t kSyn = 0x02;
  static constexpr std::uint32_t kWhole = 0xffffffff;
  std::array<sock_filter, 4> program = {
      {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlags), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kSyn, 1, 0),
       BPF_STMT(BPF_RET | BPF_K, kWhole), BPF_STMT(BPF_RET | BPF_K, 0)}};
  if (quiet) {
    const sock_fprog filter{.len = program.size(), .filter = program.data()};
    if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
      return base::os_fail("attach a filter");
    }
    return {};
  }
  const int unused = 0;
  if (::setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused) != 0 &&
      errno != ENOENT) {  // there was none
    return base::os_fail("detach a filter");
  }
  return {};
}

base::Result<UniqueFd> open_tcp(base::Family family, const std::optional<base::IpAddress>& source,
                                FirstWord first_word) {
  UniqueFd fd(::socket(native_family(family), SOCK_STREAM | kSocketFlags, 0));
  if (!fd) return base::os_fail("socket");
  set_flag(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  // Of a socket that connects it defers the last packet of the handshake, as TCP_QUICKACK does for
  // one connection only. A hint: without it all goes as well.
  if (first_word == FirstWord::kOurs) set_flag(fd.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT);
  if (source) {
    set_flag(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
    const SocketAddress local = SocketAddress::from({*source, 0});
    if (::bind(fd.get(), local.get(), local.length) != 0) {
      return base::os_fail(base::concat("bind ", source->to_string()));
    }
  }
  return fd;
}

base::Result<void> begin_connection(int fd, const base::Endpoint& to) {
  const SocketAddress address = SocketAddress::from(to);
  if (::connect(fd, address.get(), address.length) != 0 && errno != EINPROGRESS) {
    return base::os_fail(base::concat("connect ", to.to_string()));
  }
  return {};
}

base::Result<UniqueFd> connect_tcp(const base::Endpoint& to,
                                   const std::optional<base::IpAddress>& source,
                                   FirstWord first_word) {
  auto fd = open_tcp(to.address.family(), source, first_word);
  if (!fd) return fd;
  if (auto begun = begin_connection(fd->get(), to); !begun) {
    return std::unexpected(std::move(begun.error()));
  }
  return fd;
}

bool dissolve_connection(int fd) {
  // By an address of no family: connect(2).
  const sockaddr nowhere{.sa_family = AF_UNSPEC, .sa_data = {}};
  return ::connect(fd, &nowhere, sizeof nowhere) == 0;
}

base::Result<UniqueFd> connect_udp(const base::Endpoint& to,
                                   const std::optional<base::IpAddress>& source) {
  UniqueFd fd(::socket(native_family(to.address.family()), SOCK_DGRAM | kSocketFlags, 0));
  if (!fd) return base::os_fail("socket");
  if (source) {
    const SocketAddress local = SocketAddress::from({*source, 0});
    if (::bind(fd.get(), local.get(), local.length) != 0) {
      return base::os_fail(base::concat("bind ", source->to_string()));
    }
  }
  const SocketAddress address = SocketAddress::from(to);
  if (::connect(fd.get(), address.get(), address.length) != 0) {
    return base::os_fail(base::concat("connect ", to.to_string()));
  }
  return fd;
}

base::Result<UniqueFd> connect_unix(const std::string& path) {
  const auto address = unix_address(path);
  if (!address) return std::unexpected(address.error());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | kSocketFlags, 0));
  if (!fd) return base::os_fail("socket");
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 &&
      errno != EINPROGRESS) {
    return base::os_fail(base::concat("connect ", path));
  }
  return fd;
}

int connect_error(int fd) {
  int code = 0;
  socklen_t length = sizeof code;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &length) != 0) return errno;
  return code;
}

base::Result<std::optional<Accepted>> accept_one(int listener) {
  SocketAddress peer;
  peer.length = sizeof peer.storage;
  UniqueFd fd(
      ::accept4(listener, reinterpret_cast<sockaddr*>(&peer.storage), &peer.length, kSocketFlags));
  if (!fd) {
    if (is_own_shortage(errno)) return base::os_fail("accept");
    return std::nullopt;
  }
  return Accepted{std::move(fd), peer.endpoint().value_or(base::Endpoint{}), {}};
}

std::optional<base::Endpoint> local_endpoint(int fd) {
  SocketAddress local;
  local.length = sizeof local.storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&local.storage), &local.length) != 0) {
    return std::nullopt;
  }
  return local.endpoint();
}

std::optional<base::Duration> round_trip_of(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return std::nullopt;
  if (info.tcpi_rtt == 0) return std::nullopt;  // its SYN-ACK was repeated, or was a SYN cookie
  return std::chrono::microseconds(info.tcpi_rtt);
}

void set_keep_alive(int fd, std::chrono::seconds idle, std::chrono::seconds interval,
                    unsigned count) {
  set_flag(fd, SOL_SOCKET, SO_KEEPALIVE);
  const auto set = [fd](int option, auto value) {
    const auto number = static_cast<int>(value);
    ::setsockopt(fd, IPPROTO_TCP, option, &number, sizeof number);
  };
  set(TCP_KEEPIDLE, idle.count());
  set(TCP_KEEPINTVL, interval.count());
  set(TCP_KEEPCNT, count);
}

void reset_on_close(int fd) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void expire_at_next_hop(int fd) {
  const int hops = 1;
  // A Unix socket, or the other family's option, is an error that changes nothing.
  ::setsockopt(fd, IPPROTO_IP, IP_TTL, &hops, sizeof hops);
  ::setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof hops);
}

bool PeerCredentials::is_member_of(std::uint32_t group) const {
  return gid == group || std::ranges::find(groups, group) != groups.end();
}

base::Result<PeerCredentials> peer_credentials(int fd) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    return base::os_fail("peer credentials");
  }
  PeerCredentials peer{credentials.pid, credentials.uid, credentials.gid, {}};
  // The first call says how much room the groups take (ERANGE); without groups it takes none.
  socklen_t bytes = 0;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, nullptr, &bytes) != 0 && errno != ERANGE) {
    return base::os_fail("peer groups");
  }
  peer.groups.resize(bytes / sizeof(gid_t));
  if (!peer.groups.empty() &&
      ::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &bytes) != 0) {
    return base::os_fail("peer groups");
  }
  return peer;
}

}  // namespace hapair::net
