#include "common/net/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <string>
#include <vector>

#include "common/base/text.hpp"

namespace hapair::net {
namespace {

using Status = ProxyParse::Status;

constexpr std::string_view kV1Start = "PROXY ";
constexpr std::string_view kV2Signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kV2Fixed = 16;
constexpr std::size_t kV4Ends = 12;
constexpr std::size_t kV6Ends = 36;
constexpr std::uint8_t kVersion2 = 0x20;
constexpr std::uint8_t kLocal = 0x0;
constexpr std::uint8_t kProxied = 0x1;
constexpr std::uint8_t kTcpOverIpv4 = 0x11;
constexpr std::uint8_t kTcpOverIpv6 = 0x21;
constexpr std::uint8_t kMaxFamily = 3;     // Unix sockets
constexpr std::uint8_t kMaxTransport = 2;  // datagrams

ProxyParse fault(std::string_view why) {
  return {.status = Status::kFault, .bytes = 0, .ends = {}, .fault = why};
}

ProxyParse complete(std::size_t bytes, std::optional<ProxiedEnds> ends) {
  return {.status = Status::kComplete, .bytes = bytes, .ends = ends, .fault = {}};
}

/// As far as it goes the text begins like `start`.
bool may_become(std::string_view text, std::string_view start) {
  return start.starts_with(text.substr(0, start.size()));
}

/// Decimal without leading zeros, as section 2.1 wants it.
std::optional<std::uint16_t> port_of(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0')) return {};
  const auto number = base::parse_unsigned(text);
  if (!number || *number > UINT16_MAX) return {};
  return static_cast<std::uint16_t>(*number);
}

ProxyParse parse_v1(std::string_view text) {
  const std::size_t end = text.substr(0, kMaxProxyV1).find("\r\n");
  if (end == std::string_view::npos) {
    if (text.size() >= kMaxProxyV1) return fault("a line of version 1 without an end");
    return {};
  }
  const std::string_view line = text.substr(kV1Start.size(), end - kV1Start.size());
  const std::size_t bytes = end + 2;
  if (line.find_first_of("\r\n") != std::string_view::npos) return fault("a line end within");
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return complete(bytes, {});
  const std::vector<std::string_view> words = base::split(line, ' ');
  const bool v4 = words[0] == "TCP4";
  if (!v4 && words[0] != "TCP6") return fault("a family other than TCP4, TCP6 and UNKNOWN");
  if (words.size() != 5) return fault("not two addresses and two ports");
  const auto source = base::IpAddress::parse(words[1]);
  const auto destination = base::IpAddress::parse(words[2]);
  if (!source || !destination || source->is_v4() != v4 || destination->is_v4() != v4) {
    return fault("an address that is not of the family");
  }
  const auto source_port = port_of(words[3]);
  const auto destination_port = port_of(words[4]);
  if (!source_port || !destination_port) return fault("a port that is none");
  return complete(bytes, ProxiedEnds{.source = {*source, *source_port},
                                     .destination = {*destination, *destination_port}});
}

/// The ends in the first bytes of the block, which are there.
ProxiedEnds ends_in(base::ByteReader& in, std::size_t address_bytes) {
  const auto source = base::IpAddress::from_bytes(in.take(address_bytes)).value();
  const auto destination = base::IpAddress::from_bytes(in.take(address_bytes)).value();
  const std::uint16_t source_port = in.u16();
  return {.source = {source, source_port}, .destination = {destination, in.u16()}};
}

ProxyParse parse_v2(base::Bytes bytes) {
  if (bytes.size() < kV2Fixed) return {};
  base::ByteReader in(bytes.subspan(kV2Signature.size()));
  const std::uint8_t version_and_command = in.u8();
  const std::uint8_t family_and_transport = in.u8();
  const std::size_t length = in.u16();
  const auto command = static_cast<std::uint8_t>(version_and_command & 0xf);
  if ((version_and_command & 0xf0) != kVersion2 || command > kProxied) {
    return fault("a version other than 2, or an unknown command");
  }
  if (kV2Fixed + length > kMaxProxyV2) return fault("longer than 4096 bytes");
  if (bytes.size() < kV2Fixed + length) return {};
  base::ByteReader block(in.take(length));
  const std::size_t total = kV2Fixed + length;
  if (command == kLocal) return complete(total, {});
  if ((family_and_transport >> 4) > kMaxFamily || (family_and_transport & 0xf) > kMaxTransport) {
    return fault("an unknown family or transport");
  }
  const bool v4 = family_and_transport == kTcpOverIpv4;
  if (!v4 && family_and_transport != kTcpOverIpv6) return complete(total, {});
  if (length < (v4 ? kV4Ends : kV6Ends)) return fault("too short for its addresses");
  ProxyParse parse = complete(total, ends_in(block, v4 ? 4 : 16));
  if (!read_proxy_records(block, parse.tls)) return fault("records that do not fill its length");
  return parse;
}

std::size_t put(std::span<std::uint8_t> room, base::Bytes bytes) {
  assert(room.size() >= bytes.size());
  std::ranges::copy(bytes, room.begin());
  return bytes.size();
}

/// An address as both families can have it: IPv4 within IPv6 (RFC 4291, section 2.5.5.2).
void put_mapped(base::ByteWriter& out, const base::IpAddress& address) {
  if (address.is_v4()) out.zeros(10).u16(0xffff);
  out.bytes(address.bytes());
}

}  // namespace

ProxyParse parse_proxy_header(base::Bytes bytes) {
  const std::string_view text = base::as_text(bytes);
  if (may_become(text, kV2Signature)) {
    return text.size() < kV2Signature.size() ? ProxyParse{} : parse_v2(bytes);
  }
  if (may_become(text, kV1Start)) {
    return text.size() < kV1Start.size() ? ProxyParse{} : parse_v1(text);
  }
  return fault("no PROXY header");
}

std::size_t write_proxy_header(std::span<std::uint8_t> room, ProxyVersion version,
                               const std::optional<ProxiedEnds>& ends) {
  const bool v4 = ends && ends->source.address.is_v4() && ends->destination.address.is_v4();
  if (version == ProxyVersion::kV1) {
    const bool one_family =
        ends && ends->source.address.family() == ends->destination.address.family();
    if (!one_family) return put(room, base::as_bytes("PROXY UNKNOWN\r\n"));
    return put(room, base::as_bytes(base::concat(
                         kV1Start, v4 ? "TCP4 " : "TCP6 ", ends->source.address.to_string(), ' ',
                         ends->destination.address.to_string(), ' ', ends->source.port, ' ',
                         ends->destination.port, "\r\n")));
  }
  base::ByteWriter out;
  out.bytes(base::as_bytes(kV2Signature));
  if (!ends) {
    out.u8(kVersion2 | kLocal).u8(0).u16(0);
  } else {
    out.u8(kVersion2 | kProxied).u8(v4 ? kTcpOverIpv4 : kTcpOverIpv6).u16(v4 ? kV4Ends : kV6Ends);
    for (const base::Endpoint* end : {&ends->source, &ends->destination}) {
      v4 ? static_cast<void>(out.bytes(end->address.bytes())) : put_mapped(out, end->address);
    }
    out.u16(ends->source.port).u16(ends->destination.port);
  }
  return put(room, out.view());
}

}  // namespace hapair::net
