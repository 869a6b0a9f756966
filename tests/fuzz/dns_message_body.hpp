// Any bytes a nameserver may send: an answer to this very question, or an error. The first byte
// chooses the question.
#pragma once

#include <cstdint>
#include <span>

#include "common/net/dns_message.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void fuzz_dns_message(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  using Kind = net::DnsAnswer::Kind;
  constexpr net::DnsType kTypes[] = {net::DnsType::kA, net::DnsType::kAaaa, net::DnsType::kSrv};
  const net::DnsType type = kTypes[bytes[0] % 3];
  const char* const name = type == net::DnsType::kSrv ? "_http._tcp.web.internal" : "web.internal";
  require(!net::to_string(type).empty(), "a type has a name");
  const auto answer = net::decode_dns_answer(bytes.subspan(1), name, type);
  if (!answer) {
    require(!answer.error().message.empty(), "an error has words");
    return;
  }
  require(answer->ttl.count() >= 0 && answer->ttl.count() <= INT32_MAX, "a TTL has 31 bits");
  const bool data = answer->kind == Kind::kData;
  require(data == !(answer->addresses.empty() && answer->services.empty()),
          "data are there or not");
  require(answer->services.empty() || type == net::DnsType::kSrv, "services answer SRV only");
  for (const auto& address : answer->addresses) {
    require(address.is_v4() == (type == net::DnsType::kA), "addresses are of the type asked for");
  }
  for (const auto& service : answer->services) {
    require(service.host.size() <= 255, "a name has at most 255 bytes");
  }
}

}  // namespace hapair::fuzz
