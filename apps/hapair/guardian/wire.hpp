// The field encodings that protocol and grants share. Readers return values only within their
// limits; what is outside makes the whole message malformed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/base/text.hpp"
#include "common/base/time.hpp"

namespace hapair::guardian {

inline constexpr base::Duration kMaxDuration = std::chrono::hours(24 * 366 * 10);

/// The refusal of grants for what is wrong with any part of them.
[[nodiscard]] inline std::unexpected<base::Error> malformed_grants(std::string_view what) {
  return base::fail(base::concat("grants: ", what));
}

inline void put_text(base::ByteWriter& out, std::string_view text) {
  out.u16(static_cast<std::uint16_t>(text.size()));
  out.bytes(base::as_bytes(text.substr(0, UINT16_MAX)));
}

[[nodiscard]] inline std::string take_text(base::ByteReader& in) {
  const std::size_t length = in.u16();
  return std::string(base::as_text(in.take(length)));
}

inline void put_duration(base::ByteWriter& out, base::Duration duration) {
  out.u64(static_cast<std::uint64_t>(duration.count()));
}

/// nullopt: negative or absurdly long.
[[nodiscard]] inline std::optional<base::Duration> take_duration(base::ByteReader& in) {
  const std::uint64_t ns = in.u64();
  if (ns > static_cast<std::uint64_t>(kMaxDuration.count())) return std::nullopt;
  return base::Duration(static_cast<std::int64_t>(ns));
}

inline void put_address(base::ByteWriter& out, const base::IpAddress& address) {
  out.u8(static_cast<std::uint8_t>(address.bytes().size()));
  out.bytes(address.bytes());
}

[[nodiscard]] inline std::optional<base::IpAddress> take_address(base::ByteReader& in) {
  const std::size_t length = in.u8();
  const auto address = base::IpAddress::from_bytes(in.take(length));
  if (!address) return std::nullopt;
  return *address;
}

inline void put_prefix(base::ByteWriter& out, const base::Prefix& prefix) {
  put_address(out, prefix.address);
  out.u8(prefix.length);
}

/// nullopt: longer than an address of its family.
[[nodiscard]] inline std::optional<base::Prefix> take_prefix(base::ByteReader& in) {
  const auto address = take_address(in);
  const std::uint8_t length = in.u8();
  if (!address || length > address->bytes().size() * 8) return std::nullopt;
  return base::Prefix{*address, length};
}

/// A boolean is 0 or 1 and nothing else, so that a message has one encoding.
[[nodiscard]] inline std::optional<bool> take_flag(base::ByteReader& in) {
  const std::uint8_t value = in.u8();
  if (value > 1) return std::nullopt;
  return value == 1;
}

}  // namespace hapair::guardian
