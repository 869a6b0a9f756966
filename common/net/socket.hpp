// Sockets as this product uses them: non-blocking, close-on-exec, Nagle off for TCP.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/net/proxy_records.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::net {

/// An endpoint in the kernel's form.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] static SocketAddress from(const base::Endpoint& endpoint);
  /// nullopt for a family other than IPv4 and IPv6.
  [[nodiscard]] std::optional<base::Endpoint> endpoint() const;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

struct ListenOptions {
  bool freebind = false;  ///< IP_FREEBIND: the address may not be on this host yet
  bool v6_only = true;
  std::uint32_t scope = 0;  ///< the interface that an IPv6 link-local address is on
};

/// setsockopt() with a value of any plain type; false: refused, errno says why.
template <class Value>
[[nodiscard]] bool set_option(int fd, int level, int option, const Value& value) {
  return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/// A bound TCP socket that does not listen yet (so connections are refused, not queued).
[[nodiscard]] base::Result<UniqueFd> bind_tcp(const base::Endpoint& endpoint,
                                              const ListenOptions& options);

/// A bound and listening Unix stream socket with the given mode; replaces a stale socket file, and
/// refuses when another process still answers on it.
[[nodiscard]] base::Result<UniqueFd> listen_unix(const std::string& path, std::uint32_t mode);

/// Starts listening; calling it again only changes the backlog.
[[nodiscard]] base::Result<void> start_listening(int fd, int backlog);

/// While it is quiet a bound TCP socket answers no SYN: who connects sends it again, a second
/// later, to whoever has the address by then. Handshakes under way go on, and so do connections.
[[nodiscard]] base::Result<void> set_quiet(int fd, bool quiet);

/// Who says the first word on a connection.
enum class FirstWord {
  kTheirs,  ///< or nobody knows
  /// The last packet of the three-way handshake then waits for it, which saves a packet; and one
  /// that is reset without a word never reaches the peer's program at all.
  kOurs,
};

/// A TCP socket that is not connected yet. `source` binds its local end, to any port.
[[nodiscard]] base::Result<UniqueFd> open_tcp(base::Family family,
                                              const std::optional<base::IpAddress>& source,
                                              FirstWord first_word);

/// Begins a connection on such a socket. Done when it becomes writable: then ask connect_error().
[[nodiscard]] base::Result<void> begin_connection(int fd, const base::Endpoint& to);

/// Both in one.
[[nodiscard]] base::Result<UniqueFd> connect_tcp(const base::Endpoint& to,
                                                 const std::optional<base::IpAddress>& source = {},
                                                 FirstWord first_word = FirstWord::kTheirs);
[[nodiscard]] base::Result<UniqueFd> connect_unix(const std::string& path);

/// A UDP socket that sends to and hears from `to` only. `source` binds the local end first.
[[nodiscard]] base::Result<UniqueFd> connect_udp(const base::Endpoint& to,
                                                 const std::optional<base::IpAddress>& source = {});

/// Ends a TCP connection at once, by RST, and leaves its socket as open_tcp() made it. False: the
/// kernel refuses.
[[nodiscard]] bool dissolve_connection(int fd);

/// SO_ERROR: 0 when the connection stands, else the errno of its failure. Clears it.
[[nodiscard]] int connect_error(int fd);

struct Accepted {
  UniqueFd fd;
  base::Endpoint peer;  ///< 0.0.0.0:0 for Unix sockets
  /// Where the peer connected to, when a proxy before us has told; absent: to our own end.
  std::optional<base::Endpoint> destination{};
  /// What such a proxy has told of the peer's TLS; null: nothing.
  std::unique_ptr<const ProxiedTls> told{};
};

/// The next waiting connection; nullopt when there is none (or it went away while waiting). An
/// error is one of this process: EMFILE, ENFILE, ENOBUFS, ENOMEM.
[[nodiscard]] base::Result<std::optional<Accepted>> accept_one(int listener);

[[nodiscard]] std::optional<base::Endpoint> local_endpoint(int fd);

/// A TCP connection's round trip as the kernel has smoothed it, of the handshake where no more has
/// happened; nullopt for other sockets, and where the kernel could not measure it.
[[nodiscard]] std::optional<base::Duration> round_trip_of(int fd);

/// TCP keep-alive: after so long a silence the peer is asked, at intervals, and after so many
/// questions without an answer the connection ends. What a listener accepts has what it has.
void set_keep_alive(int fd, std::chrono::seconds idle, std::chrono::seconds interval,
                    unsigned count);

/// Makes the next close() send RST and discard what is queued (SO_LINGER 0).
void reset_on_close(int fd);
/// What is sent from here on goes no further than the next router.
void expire_at_next_hop(int fd);

struct PeerCredentials {
  int pid = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;  ///< the supplementary ones

  [[nodiscard]] bool is_member_of(std::uint32_t group) const;
};

/// SO_PEERCRED and SO_PEERGROUPS of a connected Unix socket.
[[nodiscard]] base::Result<PeerCredentials> peer_credentials(int fd);

}  // namespace hapair::net
