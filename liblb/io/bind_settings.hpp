// One bind of a frontend, as the wiring gives it to the engine.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "common/net/unique_fd.hpp"
#include "common/tls/server_context.hpp"
#include "liblb/core/settings.hpp"

namespace hapair::lb {

/// How a bind's connections are under TLS.
struct BindTls {
  std::shared_ptr<tls::ServerContext> context{};
  base::Duration handshake_timeout = std::chrono::seconds(5);  ///< from the connection on
};

/// A socket that is bound and does not listen yet.
struct BindSettings {
  std::string name;  ///< "192.168.100.101:80": in logs and statistics
  net::UniqueFd socket;
  std::optional<std::size_t> group{};  ///< the VIP group whose state opens and closes it
  std::optional<AcceptProxy> accept_proxy{};
  std::optional<BindTls> tls{};
  Protocols protocols{};                     ///< mode http only
  std::optional<TcpKeepAlive> keep_alive{};  ///< of the connections accepted here
  int backlog = 4096;              ///< connections that wait to be accepted; the kernel has a limit
  unsigned accepts_per_turn = 16;  ///< before others get their turn
};

}  // namespace hapair::lb
