// A client's connection as its session gets it: open, whatever lies under its bytes.
#pragma once

#include <memory>
#include <optional>

#include "common/base/ip_address.hpp"
#include "common/net/byte_stream.hpp"
#include "common/tls/tls_stream.hpp"

namespace hapair::lb {

struct Client {
  std::unique_ptr<net::ByteStream> stream;  ///< whoever gets it starts it
  base::Endpoint peer{};
  /// Where the peer connected to, when a proxy before us has told; absent: to our own end.
  std::optional<base::Endpoint> destination{};
  /// The stream itself, where it is under TLS; the handshake is done.
  const tls::TlsStream* tls = nullptr;
  bool has_preface = false;  ///< it was seen to begin with the preface of HTTP/2
};

}  // namespace hapair::lb
