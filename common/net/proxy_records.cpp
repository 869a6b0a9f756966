#include "common/net/proxy_records.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/text.hpp"

namespace hapair::net {
namespace {

constexpr std::uint8_t kAlpn = 0x01;
constexpr std::uint8_t kAuthority = 0x02;
constexpr std::uint8_t kTls = 0x20;
constexpr std::uint8_t kTlsVersion = 0x21;  // within kTls
constexpr std::uint8_t kUsesTls = 0x01;
constexpr std::uint8_t kShowedCertificate = 0x06;  // on this connection, or for its session before
constexpr std::size_t kMaxName = 253;

std::string text_of(base::Bytes bytes) { return std::string(base::as_text(bytes)); }

/// The name of a host in lower case; empty where it is none.
std::string name_of(base::Bytes bytes) {
  std::string name = base::ascii_lowered(base::as_text(bytes));
  if (name.ends_with('.')) name.pop_back();
  const bool fits = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-_.").find(c) != std::string_view::npos;
  });
  return fits && name.size() <= kMaxName ? name : std::string();
}

/// Section 2.2.7.3: flags, what became of the certificate (0: it is good), and records again.
bool read_tls(base::Bytes value, ProxiedTls& told) {
  base::ByteReader in(value);
  const std::uint8_t flags = in.u8();
  const std::uint32_t verdict = in.u32();
  if (!in.ok()) return false;
  told.used = (flags & kUsesTls) != 0;
  told.certificate = (flags & kShowedCertificate) != 0 && verdict == 0;
  while (in.left() > 0) {
    const std::uint8_t type = in.u8();
    const std::uint16_t length = in.u16();
    const base::Bytes part = in.take(length);
    if (type == kTlsVersion) told.version = text_of(part);
  }
  return in.ok();
}

}  // namespace

bool read_proxy_records(base::ByteReader& in, std::optional<ProxiedTls>& told) {
  const auto known = [&told]() -> ProxiedTls& { return told ? *told : told.emplace(); };
  while (in.left() > 0) {
    const std::uint8_t type = in.u8();
    const std::uint16_t length = in.u16();
    const base::Bytes value = in.take(length);
    if (!in.ok()) return false;
    if (type == kAlpn) known().protocol = text_of(value);
    if (type == kAuthority) known().server_name = name_of(value);
    if (type == kTls && !read_tls(value, known())) return false;
  }
  return in.ok();
}

}  // namespace hapair::net
