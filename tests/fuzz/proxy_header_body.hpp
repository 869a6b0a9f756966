// Any first bytes of a connection: an answer without a read out of bounds, the same one however the
// bytes come in, and headers that are written back as they were read.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "common/net/proxy_header.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void fuzz_proxy_header(std::span<const std::uint8_t> bytes) {
  using Status = net::ProxyParse::Status;
  const net::ProxyParse whole = net::parse_proxy_header(bytes);
  require((whole.status == Status::kFault) == !whole.fault.empty(), "a fault has words");
  require(whole.bytes <= bytes.size(), "a header lies within the bytes");
  require((whole.status == Status::kComplete) == (whole.bytes > 0), "a whole header has a length");
  require(!whole.ends || whole.status == Status::kComplete, "only a whole header has ends");
  for (std::size_t cut = 0; cut < std::min<std::size_t>(bytes.size(), 300); ++cut) {
    const net::ProxyParse part = net::parse_proxy_header(bytes.first(cut));
    if (part.status == Status::kMore) continue;
    require(part.status == whole.status, "more bytes change no verdict");
    require(part.bytes == whole.bytes && part.ends == whole.ends && part.tls == whole.tls,
            "nor what a header says");
    require(part.bytes <= cut, "a header is not seen before it is there");
  }
  require(!whole.tls || whole.ends, "only a header with ends tells of TLS");
  require(!whole.tls || whole.tls->server_name.size() <= 253, "a name is no longer than one is");
  if (whole.status != Status::kComplete) return;
  for (const net::ProxyVersion version : {net::ProxyVersion::kV1, net::ProxyVersion::kV2}) {
    std::array<std::uint8_t, net::kMaxProxyWritten> room;
    const std::size_t length = net::write_proxy_header(room, version, whole.ends);
    const net::ProxyParse again = net::parse_proxy_header(std::span(room).first(length));
    require(again.status == Status::kComplete && again.bytes == length, "what is written is read");
    require(again.ends == whole.ends, "and says the same");
  }
}

}  // namespace hapair::fuzz
