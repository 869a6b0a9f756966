#include "common/base/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "common/base/text.hpp"

namespace hapair::base {
namespace {

constexpr std::uint64_t kMaxPort = 65535;

}  // namespace

IpAddress IpAddress::v4(std::uint32_t host_order) {
  IpAddress address;
  for (int i = 0; i < 4; ++i) {
    address.bytes_[static_cast<std::size_t>(i)] =
        static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  }
  return address;
}

Result<IpAddress> IpAddress::from_bytes(Bytes bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) {
    return fail(concat("an IP address has 4 or 16 bytes, not ", bytes.size()));
  }
  IpAddress address;
  address.family_ = bytes.size() == 4 ? Family::kIpv4 : Family::kIpv6;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  std::array<std::uint8_t, 16> raw{};
  if (inet_pton(AF_INET, terminated.c_str(), raw.data()) == 1) {
    return from_bytes(Bytes(raw).first(4));
  }
  if (inet_pton(AF_INET6, terminated.c_str(), raw.data()) == 1) return from_bytes(raw);
  return fail(concat("'", printable(text, 64),
                     "' is not an IP address; write it like 192.0.2.10 or 2001:db8::10"));
}

IpAddress IpAddress::any(Family family) {
  IpAddress address;
  address.family_ = family;
  return address;
}

std::uint32_t IpAddress::v4_host_order() const {
  return static_cast<std::uint32_t>(bytes_[0]) << 24 | static_cast<std::uint32_t>(bytes_[1]) << 16 |
         static_cast<std::uint32_t>(bytes_[2]) << 8 | bytes_[3];
}

bool IpAddress::is_any() const {
  return std::ranges::all_of(bytes_, [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[0] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto byte) { return byte == 0; }) &&
         bytes_[15] == 1;
}

bool IpAddress::is_multicast() const {
  return is_v4() ? (bytes_[0] & 0xf0) == 0xe0 : bytes_[0] == 0xff;
}

bool IpAddress::is_link_local() const {
  return !is_v4() && bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

Result<Prefix> Prefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::unexpected(address.error());
  const std::uint8_t longest = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return Prefix{*address, longest};
  const auto length = parse_unsigned(text.substr(slash + 1));
  if (!length || *length > longest) {
    return fail(
        concat("'", printable(text, 64), "' has no right prefix length; use 0 to ", longest));
  }
  return Prefix{*address, static_cast<std::uint8_t>(*length)};
}

std::string Prefix::to_string() const { return concat(address.to_string(), "/", length); }

bool Prefix::contains(const IpAddress& other) const {
  if (other.family() != address.family()) return false;
  for (std::size_t bit = 0; bit < length; bit += 8) {
    const std::size_t left = length - bit;
    const auto mask = static_cast<std::uint8_t>(left >= 8 ? 0xff : 0xff << (8 - left));
    if (((address.bytes()[bit / 8] ^ other.bytes()[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const auto malformed = [&] {
    return fail(concat("'", printable(text, 64),
                       "' is not an address and port; write 192.0.2.10:80 or [2001:db8::10]:80"));
  };
  if (colon == std::string_view::npos) return malformed();
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  const auto port = parse_unsigned(text.substr(colon + 1));
  if (!address || address->is_v4() == bracketed) return malformed();
  if (!port || *port == 0 || *port > kMaxPort) {
    return fail(concat("'", printable(text, 64), "' has no right port; use 1 to 65535"));
  }
  return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

std::string Endpoint::to_string() const {
  if (address.is_v4()) return concat(address.to_string(), ":", port);
  return concat("[", address.to_string(), "]:", port);
}

}  // namespace hapair::base
