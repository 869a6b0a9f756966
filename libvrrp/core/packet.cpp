#include "libvrrp/core/packet.hpp"

#include <algorithm>
#include <chrono>

#include "common/base/checksum.hpp"

namespace hapair::vrrp {
namespace {

using std::chrono::seconds;
using Centiseconds = std::chrono::duration<std::int64_t, std::centi>;

constexpr std::uint8_t kTypeAdvertisement = 1;
constexpr std::size_t kHeaderLength = 8;
constexpr std::size_t kChecksumOffset = 6;
constexpr std::size_t kMaxAddresses = 255;
constexpr std::int64_t kMaxSeconds = 255;
constexpr std::int64_t kMaxCentiseconds = 0xfff;

/// The wire value of an interval, in units of `Unit`.
template <class Unit>
std::uint16_t interval_field(base::Duration interval, std::int64_t most) {
  const auto count = std::chrono::duration_cast<Unit>(interval).count();
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(count, 1, most));
}

/// RFC 8200, section 8.1, for IPv6 and its IPv4 likeness (RFC 5798, section 5.2.8).
void add_pseudo_header(base::InternetChecksum& sum, const base::IpAddress& source,
                       const base::IpAddress& destination, std::size_t length) {
  sum.add(source.bytes()).add(destination.bytes()).add_u16(kIpProtocol);
  sum.add_u16(static_cast<std::uint16_t>(length));
}

/// The checksum over `message`; 0 when a right one stands in it.
std::uint16_t checksum(base::Bytes message, const base::IpAddress& source,
                       const base::IpAddress& destination, ChecksumForm form) {
  base::InternetChecksum sum;
  switch (form) {
    case ChecksumForm::kPlain:
      break;
    case ChecksumForm::kPseudoHeader:
      add_pseudo_header(sum, source, destination, message.size());
      break;
    case ChecksumForm::kPseudoMulticast:
      add_pseudo_header(sum, source, multicast_group(source.family()), message.size());
      break;
  }
  return sum.add(message).finish();
}

/// The form in which the checksum of a received message is right. Version 2 has one form, IPv6 has
/// one, and version 3 over IPv4 is met in three.
std::expected<ChecksumForm, DropReason> match_checksum(base::Bytes message, Version version,
                                                       const base::IpAddress& source,
                                                       const base::IpAddress& destination) {
  const auto matches = [&](ChecksumForm form) {
    return checksum(message, source, destination, form) == 0;
  };
  if (version == Version::kV2) {
    if (matches(ChecksumForm::kPlain)) return ChecksumForm::kPlain;
    return std::unexpected(DropReason::kChecksum);
  }
  if (matches(ChecksumForm::kPseudoHeader)) return ChecksumForm::kPseudoHeader;
  if (source.is_v4()) {
    if (matches(ChecksumForm::kPlain)) return ChecksumForm::kPlain;
    if (matches(ChecksumForm::kPseudoMulticast)) return ChecksumForm::kPseudoMulticast;
  }
  return std::unexpected(DropReason::kChecksum);
}

}  // namespace

base::IpAddress multicast_group(base::Family family) {
  constexpr std::array<std::uint8_t, 16> kGroup6 = {0xff, 0x02, 0, 0, 0, 0, 0, 0,
                                                    0,    0,    0, 0, 0, 0, 0, 0x12};
  if (family == base::Family::kIpv4) return base::IpAddress::v4(0xe0000012);
  return *base::IpAddress::from_bytes(kGroup6);
}

AuthKey auth_key(std::string_view password) {
  AuthKey key{};
  std::copy_n(password.begin(), std::min(password.size(), key.size()), key.begin());
  return key;
}

std::string_view to_string(ChecksumForm form) {
  switch (form) {
    case ChecksumForm::kPlain:
      return "plain";
    case ChecksumForm::kPseudoHeader:
      return "pseudo-header";
    case ChecksumForm::kPseudoMulticast:
      return "pseudo-header with the multicast group";
  }
  return "unknown";
}

std::vector<std::uint8_t> encode_advert(const Advert& advert, const base::IpAddress& source,
                                        const base::IpAddress& destination, ChecksumForm form) {
  const bool v2 = advert.version == Version::kV2;
  const std::size_t count = std::min(advert.addresses.size(), kMaxAddresses);
  base::ByteWriter out;
  out.u8(static_cast<std::uint8_t>(static_cast<unsigned>(advert.version) << 4 | kTypeAdvertisement))
      .u8(advert.vrid)
      .u8(advert.priority)
      .u8(static_cast<std::uint8_t>(count));
  if (v2) {
    out.u8(static_cast<std::uint8_t>(advert.auth_type));
    out.u8(static_cast<std::uint8_t>(interval_field<seconds>(advert.interval, kMaxSeconds)));
  } else {
    out.u16(interval_field<Centiseconds>(advert.interval, kMaxCentiseconds));
  }
  out.u16(0);
  for (std::size_t i = 0; i < count; ++i) out.bytes(advert.addresses[i].bytes());
  // Present even without authentication: receivers expect the room (RFC 3768, section 5.3.10).
  if (v2) out.bytes(advert.auth);

  if (v2) form = ChecksumForm::kPlain;
  if (!source.is_v4()) form = ChecksumForm::kPseudoHeader;
  out.patch_u16(kChecksumOffset, checksum(out.view(), source, destination, form));
  return out.take();
}

std::expected<DecodedAdvert, DropReason> decode_advert(base::Bytes payload,
                                                       const base::IpAddress& source,
                                                       const base::IpAddress& destination) {
  base::ByteReader in(payload);
  base::ByteReader header(in.take(kHeaderLength));
  if (!in.ok()) return std::unexpected(DropReason::kTooShort);
  const unsigned version_type = header.u8();
  DecodedAdvert decoded;
  Advert& advert = decoded.advert;
  advert.vrid = header.u8();
  advert.priority = header.u8();
  const std::size_t count = header.u8();
  const std::uint16_t version_specific = header.u16();

  const unsigned version = version_type >> 4;
  if (version != 2 && version != 3) return std::unexpected(DropReason::kVersion);
  advert.version = static_cast<Version>(version);
  const bool v2 = advert.version == Version::kV2;
  if (v2 && !source.is_v4()) return std::unexpected(DropReason::kVersion);
  if ((version_type & 0xf) != kTypeAdvertisement) return std::unexpected(DropReason::kType);

  const std::size_t address_length = source.bytes().size();
  const std::size_t auth_length = v2 ? advert.auth.size() : 0;
  if (payload.size() != kHeaderLength + count * address_length + auth_length) {
    return std::unexpected(DropReason::kLength);
  }
  const auto form = match_checksum(payload, advert.version, source, destination);
  if (!form) return std::unexpected(form.error());
  decoded.checksum = *form;
  // RFC 9568, section 5.2.5: count 0 MUST be ignored.
  if (count == 0) return std::unexpected(DropReason::kNoAddresses);

  advert.addresses.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    advert.addresses.push_back(*base::IpAddress::from_bytes(in.take(address_length)));
  }
  // The four reserved bits of version 3 are ignored (RFC 9568, section 5.2.6).
  if (!v2) {
    advert.interval = Centiseconds(version_specific & kMaxCentiseconds);
    return decoded;
  }
  const unsigned auth_type = version_specific >> 8;
  if (auth_type > static_cast<unsigned>(AuthType::kPassword)) {
    return std::unexpected(DropReason::kAuthType);
  }
  advert.auth_type = static_cast<AuthType>(auth_type);
  advert.interval = seconds(version_specific & 0xff);
  std::ranges::copy(in.take(auth_length), advert.auth.begin());
  return decoded;
}

std::uint8_t peek_vrid(base::Bytes payload) { return payload.size() < 2 ? 0 : payload[1]; }

}  // namespace hapair::vrrp
