// Any bytes from a raw socket, all the way in: IP header, receive checks, advert, election. The
// first byte chooses the group and whether the checksum is set right first, since no mutation
// would ever guess one; the rest is the packet.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "common/base/checksum.hpp"
#include "libvrrp/core/auth_trailer.hpp"
#include "libvrrp/core/election.hpp"
#include "libvrrp/core/ip_packet.hpp"
#include "libvrrp/core/receive_checks.hpp"
#include "tests/fuzz/authenticator.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

struct VrrpChoice {
  explicit VrrpChoice(std::uint8_t byte)
      : repair_checksum((byte & 1) != 0),
        v2((byte & 2) != 0),
        unicast((byte & 4) != 0),
        ipv6((byte & 8) != 0),
        signatures(static_cast<vrrp::SignatureMode>(byte >> 4 & 3)),
        sign((byte & 64) != 0) {}

  bool repair_checksum;
  bool v2;
  bool unicast;
  bool ipv6;  ///< the bytes are the payload of a packet from fe80::1 to ff02::12
  vrrp::SignatureMode signatures;
  bool sign;  ///< a trailer of ours gets a right tag, which no mutation would guess either
};

inline vrrp::GroupSettings fuzz_group(const VrrpChoice& choice) {
  vrrp::GroupSettings settings;
  settings.version = choice.v2 ? vrrp::Version::kV2 : vrrp::Version::kV3;
  settings.vrid = 51;
  settings.priority = 100;
  settings.own_address = base::IpAddress::v4(0x0a630002);
  settings.addresses = {base::IpAddress::v4(0x0a630064)};
  settings.unicast = choice.unicast;
  settings.peers = {base::IpAddress::v4(0x0a630001)};
  if (!choice.v2) settings.signatures = choice.signatures;
  if (choice.v2) {
    settings.auth_type = vrrp::AuthType::kPassword;
    settings.auth = vrrp::auth_key("1111");
  }
  return settings;
}

/// Sets the checksum right: over IPv4 in the plain form (version 2 has no other, and any decoder
/// must take it in version 3), over IPv6 with the pseudo-header.
inline void repair_checksum(std::span<std::uint8_t> payload, const base::IpAddress& source,
                            const base::IpAddress& destination) {
  if (payload.size() < 8) return;
  payload[6] = payload[7] = 0;
  base::InternetChecksum whole;
  if (!source.is_v4()) {
    whole.add(source.bytes()).add(destination.bytes()).add_u16(vrrp::kIpProtocol);
    whole.add_u16(static_cast<std::uint16_t>(payload.size()));
  }
  const std::uint16_t sum = whole.add(payload).finish();
  payload[6] = static_cast<std::uint8_t>(sum >> 8);
  payload[7] = static_cast<std::uint8_t>(sum);
}

/// Whatever is decoded says the same again after encoding.
inline void check_decoder(base::Bytes payload, const base::IpAddress& source,
                          const base::IpAddress& destination) {
  const auto decoded = vrrp::decode_advert(payload, source, destination);
  if (!decoded) return;
  const vrrp::Advert& advert = decoded->advert;
  require(!advert.addresses.empty() && advert.addresses.size() <= 255, "1 to 255 addresses");
  require(advert.interval <= std::chrono::seconds(255), "a bounded interval");
  require(!vrrp::to_string(decoded->checksum).empty(), "a checksum form with a name");
  require(advert.vrid == vrrp::peek_vrid(payload), "the VRID peeked at");
  require(std::ranges::all_of(
              advert.addresses,
              [&](const base::IpAddress& address) { return address.family() == source.family(); }),
          "addresses of the sender's family");
  const auto again = vrrp::decode_advert(
      vrrp::encode_advert(advert, source, destination, decoded->checksum), source, destination);
  require(again.has_value(), "what was encoded is decoded");
  vrrp::Advert expected = advert;
  // An interval of 0 can be heard but is never sent.
  if (advert.interval == base::Duration::zero()) expected.interval = again->advert.interval;
  require(again->advert == expected, "an advert survives encoding");
}

/// An accepted advert meets a backup and a master.
inline void check_election(const vrrp::GroupSettings& settings, const vrrp::Advert& advert,
                           const base::IpAddress& from) {
  using vrrp::State;
  vrrp::Election election(settings, {vrrp::Verdict::kServes, settings.priority, ""});
  const base::Instant start{};
  require(!election.on_start(start).empty(), "a start has effects");
  const base::Instant heard = start + std::chrono::seconds(1);
  for (const vrrp::Effect& effect : election.on_advert(advert, from, heard)) {
    require(!std::holds_alternative<vrrp::Advertise>(effect), "an advert makes no master");
    if (const auto* armed = std::get_if<vrrp::ArmDeadline>(&effect)) {
      require(armed->at > heard, "no advert promotes at once");
      require(armed->at <= heard + std::chrono::seconds(41), "no advert silences for long");
    }
  }
  require(election.state() == State::kBackup, "a backup stays one");

  vrrp::GroupSettings alone = settings;
  alone.priority = vrrp::kOwnerPriority;
  vrrp::Election owner(alone, {vrrp::Verdict::kServes, vrrp::kOwnerPriority, ""});
  require(!owner.on_start(start).empty(), "a start has effects");
  require(!owner.on_advert(advert, from, start).empty() || advert.priority != 0,
          "a resignation is answered");
  require(owner.state() == State::kMaster || advert.priority == vrrp::kOwnerPriority,
          "an owner yields to owners only");
}

inline vrrp::GroupSettings fuzz_group6(const VrrpChoice& choice) {
  vrrp::GroupSettings settings = fuzz_group(choice);
  settings.version = vrrp::Version::kV3;
  settings.own_address = base::IpAddress::parse("fe80::2").value();
  settings.addresses = {base::IpAddress::parse("fe80::51").value()};
  settings.peers = {base::IpAddress::parse("fe80::1").value()};
  return settings;
}

/// Sets checksum and tag right where the choice says so.
inline void repair(const VrrpChoice& choice, std::span<std::uint8_t> payload,
                   const base::IpAddress& source, const base::IpAddress& destination) {
  const vrrp::SplitAdvert split = vrrp::split_advert(payload);
  const std::size_t length = split.message.size();
  if (choice.repair_checksum) repair_checksum(payload.first(length), source, destination);
  if (!choice.sign || !split.trailer) return;
  const auto whole = vrrp::sign_advert(base::Bytes(payload).first(length), source, destination,
                                       split.trailer->sequence, FuzzAuthenticator());
  require(whole.size() == payload.size(), "a trailer has one length");
  std::ranges::copy(whole, payload.begin());
}

/// One packet twice: the second time a signed one is a replay.
inline void check_receiving(const VrrpChoice& choice, const vrrp::GroupSettings& settings,
                            const vrrp::Datagram& datagram) {
  const FuzzAuthenticator authenticator;
  vrrp::ReceiveChecks checks(settings, &authenticator);
  const auto accepted = checks.accept(datagram);
  require(checks.accepted() + checks.dropped().total() == 1, "each packet is counted once");
  if (!accepted) return;
  require(choice.signatures != vrrp::SignatureMode::kEnforce || choice.v2 || accepted->is_signed,
          "only signed adverts where they are enforced");
  require(checks.accept(datagram).has_value() != accepted->is_signed, "signed adverts count once");
  check_election(settings, accepted->advert, datagram.source);
}

inline void fuzz_vrrp(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  const VrrpChoice choice(bytes[0]);
  std::vector<std::uint8_t> packet(bytes.begin() + 1, bytes.end());
  if (choice.ipv6) {
    static const base::IpAddress source = base::IpAddress::parse("fe80::1").value();
    const base::IpAddress group = vrrp::multicast_group(base::Family::kIpv6);
    repair(choice, packet, source, group);
    check_decoder(packet, source, group);
    check_receiving(choice, fuzz_group6(choice), {source, group, vrrp::kTtl, packet});
    return;
  }
  auto datagram = vrrp::parse_ipv4(packet);
  if (!datagram) {
    require(datagram.error() == vrrp::DropReason::kIpHeader, "one reason for a bad IP header");
    return;
  }
  require(datagram->payload.data() + datagram->payload.size() <= packet.data() + packet.size(),
          "the payload lies in the packet");
  const auto offset = static_cast<std::size_t>(datagram->payload.data() - packet.data());
  repair(choice, std::span(packet).subspan(offset, datagram->payload.size()), datagram->source,
         datagram->destination);
  check_decoder(datagram->payload, datagram->source, datagram->destination);
  check_receiving(choice, fuzz_group(choice), *datagram);
}

}  // namespace hapair::fuzz
