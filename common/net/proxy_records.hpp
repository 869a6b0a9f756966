// What a header of the PROXY protocol, version 2, tells beside both ends, in records of a type, a
// length and a value (proxy-protocol.txt of the HAProxy project, section 2.2.7). Read is what the
// proxy knows of TLS that has ended there; all other records are passed over. Pure.
#pragma once

#include <optional>
#include <string>

#include "common/base/bytes.hpp"

namespace hapair::net {

/// Of the client's connection to the proxy.
struct ProxiedTls {
  bool used = false;
  bool certificate = false;   ///< the client has shown one that the proxy found good
  std::string server_name{};  ///< asked for, in lower case; empty: none, or no name of a host
  std::string protocol{};     ///< agreed on (ALPN); any bytes
  std::string version{};      ///< "TLSv1.3", in the proxy's words; any bytes

  bool operator==(const ProxiedTls&) const = default;
};

/// Absent `told`: the records say nothing of that. False: they don't fill the header, or one of TLS
/// is no whole one.
[[nodiscard]] bool read_proxy_records(base::ByteReader& in, std::optional<ProxiedTls>& told);

}  // namespace hapair::net
