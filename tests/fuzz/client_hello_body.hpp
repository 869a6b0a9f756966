// Any first bytes of a connection: an answer without a read out of bounds, the same one however the
// bytes come in, always one where there are enough, and a name that nothing can be read into.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "common/tls/client_hello.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void fuzz_client_hello(std::span<const std::uint8_t> bytes) {
  using Status = tls::HelloParse::Status;
  const tls::HelloParse whole = tls::parse_client_hello(bytes);
  require((whole.status == Status::kFault) == !whole.fault.empty(), "a fault has words");
  require(whole.status == Status::kComplete || whole.hello == tls::ClientHello{},
          "only a whole hello says something");
  require(whole.status != Status::kMore || bytes.size() < tls::kMaxClientHello,
          "enough bytes have a verdict");
  const std::size_t step = std::max<std::size_t>(1, bytes.size() / 64);
  for (std::size_t cut = 0; cut < bytes.size(); cut += cut < 64 ? 1 : step) {
    const tls::HelloParse part = tls::parse_client_hello(bytes.first(cut));
    if (part.status == Status::kMore) continue;
    require(part.status == whole.status && part.hello == whole.hello && part.fault == whole.fault,
            "more bytes change no verdict");
  }
  const std::string& name = whole.hello.server_name;
  require(name.size() <= 253 && !name.ends_with('.'), "a name is bounded");
  require(std::ranges::all_of(name,
                              [](char c) {
                                return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                                       c == '-' || c == '_' || c == '.';
                              }),
          "a name is one of a host, in lower case");
  require(whole.hello.protocols.size() <= tls::ClientHello::kMaxProtocols, "so are protocols");
  require(!tls::version_name(whole.hello.version).empty(), "each version has a name");
}

}  // namespace hapair::fuzz
