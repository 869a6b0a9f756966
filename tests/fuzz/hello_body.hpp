// Any bytes in place of a hello. They are given a right tag, which no mutation would guess; what is
// decoded says the same again after encoding, and meets an exchange.
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "libvrrp/core/hello_exchange.hpp"
#include "tests/fuzz/authenticator.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void meet_exchange(base::Bytes datagram, const vrrp::Authenticator& authenticator) {
  vrrp::HelloExchange exchange({.node = "lb2", .peers = {"lb1"}}, 5, authenticator);
  const base::Instant start{};
  require(exchange.on_start({}, start, {}).size() == 1, "a start says hello");
  for (const vrrp::HelloEffect& effect : exchange.on_datagram(datagram, start, {})) {
    require(std::holds_alternative<vrrp::HelloAlarm>(effect) ||
                std::holds_alternative<vrrp::PeerSeen>(effect),
            "no bytes make us answer within the gap");
  }
  static_cast<void>(exchange.on_datagram(datagram, start, {}));
  require(exchange.peers().front().hellos <= 1, "a hello counts once");
}

inline void fuzz_hello(std::span<const std::uint8_t> bytes) {
  const FuzzAuthenticator authenticator;
  require(!vrrp::decode_hello(bytes, authenticator) || bytes.size() > 16, "a hello has a tag");
  std::vector<std::uint8_t> tagged(bytes.begin(), bytes.end());
  const vrrp::AuthTag tag = authenticator.tag(bytes);
  tagged.insert(tagged.end(), tag.begin(), tag.end());
  meet_exchange(tagged, authenticator);
  const auto hello = vrrp::decode_hello(tagged, authenticator);
  if (!hello) return;
  require(hello->report.vips.size() <= vrrp::kMaxHelloEntries, "bounded VIPs");
  require(hello->report.backends.size() <= vrrp::kMaxHelloEntries, "bounded backends");
  require(vrrp::encode_hello(*hello, authenticator) == tagged, "a hello has one form");
}

}  // namespace hapair::fuzz
