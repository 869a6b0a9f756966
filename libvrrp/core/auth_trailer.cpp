#include "libvrrp/core/auth_trailer.hpp"

#include <algorithm>

namespace hapair::vrrp {
namespace {

constexpr std::uint16_t kMagic = 0x6841;  // "hA"
constexpr std::uint8_t kForm = 1;
constexpr std::size_t kHeadLength = kTrailerLength - AuthTag().size();
constexpr std::size_t kMinMessage = 8;

std::vector<std::uint8_t> head_of(std::uint64_t sequence) {
  base::ByteWriter out;
  out.u16(kMagic).u8(kForm).u8(0).u64(sequence);
  return out.take();
}

/// All that must not be changed on the way. The addresses bind the advert to its network: one that
/// is recorded elsewhere means nothing here.
AuthTag tag_of(base::Bytes message, base::Bytes head, const base::IpAddress& source,
               const base::IpAddress& destination, const Authenticator& authenticator) {
  base::ByteWriter out;
  out.bytes(source.bytes()).bytes(destination.bytes()).bytes(message).bytes(head);
  return authenticator.tag(out.view());
}

}  // namespace

SplitAdvert split_advert(base::Bytes payload) {
  if (payload.size() < kMinMessage + kTrailerLength) return {payload, std::nullopt};
  const std::size_t length = payload.size() - kTrailerLength;
  base::ByteReader in(payload.subspan(length));
  const bool ours = in.u16() == kMagic && in.u8() == kForm && in.u8() == 0;
  if (!ours) return {payload, std::nullopt};
  Trailer trailer;
  trailer.sequence = in.u64();
  std::ranges::copy(in.take(trailer.tag.size()), trailer.tag.begin());
  return {payload.first(length), trailer};
}

std::vector<std::uint8_t> sign_advert(base::Bytes message, const base::IpAddress& source,
                                      const base::IpAddress& destination, std::uint64_t sequence,
                                      const Authenticator& authenticator) {
  const std::vector<std::uint8_t> head = head_of(sequence);
  base::ByteWriter out;
  out.bytes(message).bytes(head);
  out.bytes(tag_of(message, head, source, destination, authenticator));
  return out.take();
}

bool verify_advert(base::Bytes message, const Trailer& trailer, const base::IpAddress& source,
                   const base::IpAddress& destination, const Authenticator& authenticator) {
  static_assert(kHeadLength == 12);
  const AuthTag right =
      tag_of(message, head_of(trailer.sequence), source, destination, authenticator);
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < right.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (right[i] ^ trailer.tag[i]));
  }
  return difference == 0;
}

}  // namespace hapair::vrrp
