#include "libvrrp/core/receive_checks.hpp"

#include <algorithm>

namespace hapair::vrrp {

void ReceiveChecks::use(const GroupSettings& settings) {
  if (settings.key != settings_.key) senders_.clear();
  settings_ = settings;
}

std::expected<DecodedAdvert, DropReason> ReceiveChecks::accept(const Datagram& datagram) {
  const auto drop = [this](DropReason reason) {
    dropped_.count(reason);
    return std::unexpected(reason);
  };
  if (const auto sent_right = check_addressing(datagram); !sent_right) {
    return drop(sent_right.error());
  }
  const SplitAdvert split = settings_.signatures == SignatureMode::kOff
                                ? SplitAdvert{datagram.payload, std::nullopt}
                                : split_advert(datagram.payload);
  auto decoded = decode_advert(split.message, datagram.source, datagram.destination);
  if (!decoded) return drop(decoded.error());
  if (const auto ours = check_advert(decoded->advert); !ours) return drop(ours.error());
  if (const auto right = check_signature(datagram, split); !right) return drop(right.error());
  if (split.trailer) {
    remember(datagram.source, split.trailer->sequence);
    decoded->is_signed = true;
  }
  ++accepted_;
  return decoded;
}

std::expected<void, DropReason> ReceiveChecks::check_addressing(const Datagram& datagram) const {
  if (datagram.source == settings_.own_address) return std::unexpected(DropReason::kOwnPacket);
  if (settings_.unicast) {
    // Peers may be routers apart, so the TTL says nothing; who sends does.
    if (datagram.destination != settings_.own_address) {
      return std::unexpected(DropReason::kDestination);
    }
    if (std::ranges::find(settings_.peers, datagram.source) == settings_.peers.end()) {
      return std::unexpected(DropReason::kSourceNotPeer);
    }
    return {};
  }
  if (datagram.ttl != kTtl) return std::unexpected(DropReason::kTtl);
  if (datagram.destination != multicast_group(settings_.own_address.family())) {
    return std::unexpected(DropReason::kDestination);
  }
  return {};
}

std::expected<void, DropReason> ReceiveChecks::check_signature(const Datagram& datagram,
                                                               const SplitAdvert& split) const {
  if (settings_.signatures == SignatureMode::kOff) return {};
  if (!split.trailer) {
    if (settings_.signatures != SignatureMode::kEnforce) return {};
    return std::unexpected(DropReason::kUnsigned);
  }
  if (authenticator_ == nullptr || !verify_advert(split.message, *split.trailer, datagram.source,
                                                  datagram.destination, *authenticator_)) {
    return std::unexpected(DropReason::kBadSignature);
  }
  const auto known = std::ranges::find(senders_, datagram.source, &Sender::address);
  if (known != senders_.end() && split.trailer->sequence <= known->sequence) {
    return std::unexpected(DropReason::kReplay);
  }
  return {};
}

void ReceiveChecks::remember(const base::IpAddress& sender, std::uint64_t sequence) {
  const auto known = std::ranges::find(senders_, sender, &Sender::address);
  if (known != senders_.end()) {
    senders_.erase(known);
  } else if (senders_.size() == kMaxSenders) {
    senders_.erase(senders_.begin());
  }
  senders_.push_back({sender, sequence});
}

std::expected<void, DropReason> ReceiveChecks::check_advert(const Advert& advert) const {
  if (advert.version != settings_.version) return std::unexpected(DropReason::kVersion);
  if (advert.vrid != settings_.vrid) return std::unexpected(DropReason::kUnknownVrid);
  if (settings_.version == Version::kV3) return {};
  if (advert.auth_type != settings_.auth_type) return std::unexpected(DropReason::kAuthType);
  if (settings_.auth_type == AuthType::kPassword && advert.auth != settings_.auth) {
    return std::unexpected(DropReason::kAuthKey);
  }
  if (advert.interval != settings_.advert_interval) {
    return std::unexpected(DropReason::kIntervalMismatch);
  }
  return {};
}

}  // namespace hapair::vrrp
