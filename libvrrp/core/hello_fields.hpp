// Texts as hellos carry them: a length byte, then printable ASCII.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"

namespace hapair::vrrp {

inline constexpr std::size_t kMaxHelloText = 64;     ///< bytes of a name, a version, a hash
inline constexpr std::size_t kMaxHelloEntries = 64;  ///< VIPs, and backends

/// What is longer than `most` is cut.
inline void put_text(base::ByteWriter& out, std::string_view text,
                     std::size_t most = kMaxHelloText) {
  const std::string_view cut = text.substr(0, most);
  out.u8(static_cast<std::uint8_t>(cut.size())).bytes(base::as_bytes(cut));
}

/// What stands in logs and status: printable ASCII. Else the reader's bytes are no hello.
[[nodiscard]] inline bool take_text(base::ByteReader& in, std::string& into,
                                    std::size_t most = kMaxHelloText) {
  const std::size_t size = in.u8();
  if (size > most) return false;
  into = base::as_text(in.take(size));
  return in.ok() && std::ranges::all_of(into, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace hapair::vrrp
