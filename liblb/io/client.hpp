// A client's connection as its session gets it: open, whatever lies under its bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "common/net/byte_stream.hpp"
#include "common/net/proxy_records.hpp"
#include "common/tls/client_hello.hpp"
#include "common/tls/tls_stream.hpp"
#include "liblb/core/certificate_fields.hpp"

namespace hapair::lb {

class BackendDriver;

struct Client {
  std::unique_ptr<net::ByteStream> stream;  ///< whoever gets it starts it
  base::Endpoint peer{};
  /// Where the peer connected to, when a proxy before us has told; absent: to our own end.
  std::optional<base::Endpoint> destination{};
  /// The stream itself, where it is under TLS; the handshake is done.
  const tls::TlsStream* tls = nullptr;
  /// What servers are told of its certificate; absent: the frontend's, for clients without one.
  std::unique_ptr<const CertificateFields> certificate{};
  bool has_preface = false;  ///< it was seen to begin with the preface of HTTP/2
  // Mode tcp:
  BackendDriver* backend = nullptr;                 ///< null: the frontend's
  std::optional<std::size_t> server{};              ///< of it, by a rule; absent: it chooses
  int priority = 0;                                 ///< where it waits for a server
  std::unique_ptr<const tls::ClientHello> hello{};  ///< what it was seen to open TLS with
  std::unique_ptr<const net::ProxiedTls> told{};    ///< of its TLS, by a proxy before us
  // Whatever the mode:
  std::optional<base::Instant> accepted{};  ///< absent: now
};

}  // namespace hapair::lb
