// What the settings and the exchange say about the PROXY protocol, in the codec's terms.
#pragma once

#include <optional>

#include "common/net/byte_stream.hpp"
#include "common/net/proxy_header.hpp"
#include "liblb/core/exchange_sides.hpp"
#include "liblb/core/settings.hpp"

namespace hapair::lb {

[[nodiscard]] inline net::ProxyVersion proxy_version(SendProxy wanted) {
  switch (wanted) {
    case SendProxy::kNone:
      return net::ProxyVersion::kNone;
    case SendProxy::kV1:
      return net::ProxyVersion::kV1;
    case SendProxy::kV2:
      return net::ProxyVersion::kV2;
  }
  return net::ProxyVersion::kNone;
}

/// `ends` may be absent; then nothing is told of the client.
[[nodiscard]] inline std::optional<net::ProxiedEnds> proxied_ends(const ClientEnds* ends) {
  if (ends == nullptr) return std::nullopt;
  return net::ProxiedEnds{.source = ends->client, .destination = ends->local};
}

/// Absent for Unix sockets, which have no such ends.
[[nodiscard]] inline std::optional<ClientEnds> client_ends(
    const base::Endpoint& peer, const std::optional<base::Endpoint>& told,
    const net::ByteStream& stream) {
  const auto local = told ? told : stream.local_endpoint();
  if (!local) return std::nullopt;
  return ClientEnds{.client = peer, .local = *local};
}

}  // namespace hapair::lb
