// What clients and proxies write into Accept-Encoding and X-Forwarded-For: any text gives an
// answer, the same one whichever way it is looked at. The first byte chooses what is preferred.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/http/accept_encoding.hpp"
#include "common/http/forwarded.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void fuzz_chain(std::string_view text) {
  std::string_view list = text;
  std::string_view element;
  std::size_t elements = 0;
  while (http::take_last_element(list, element)) {
    ++elements;
    require(element.find(',') == std::string_view::npos, "an element has no comma");
    const auto address = http::parse_forwarded_for(element);
    if (!address) continue;
    const std::string plain = address->to_string();
    require(http::parse_forwarded_for(plain) == address, "an address is itself");
    const std::string node = address->is_v4() ? plain : "[" + plain + "]";
    require(http::parse_forwarded_for(node + ":80") == address, "a port changes nothing");
    const std::string told = http::to_string({.from = *address, .host = element});
    require(told.starts_with(address->is_v4() ? "for=" + plain : "for=\"" + node + "\""),
            "an address is told as RFC 7239 wants it");
  }
  require(elements <= text.size() + 1, "elements come from the text");
}

inline void fuzz_forwarded(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  using enum http::ContentCoding;
  const std::string_view text = base::as_text(bytes.subspan(1));
  std::array offered = {kGzip, kDeflate};
  if ((bytes[0] & 1U) != 0) std::swap(offered[0], offered[1]);
  http::AcceptedCodings accepted;
  accepted.add(text);
  const http::ContentCoding chosen = accepted.choose(offered);
  require(!http::to_text(chosen).empty(), "a coding has a name");
  accepted.add(text);
  require(accepted.choose(offered) == chosen, "to say it twice changes nothing");
  require(accepted.choose({}) == kIdentity, "what is not offered is not chosen");
  const auto weight = http::parse_weight(text);
  require(!weight || *weight <= 1000, "a weight is at most 1");
  fuzz_chain(text);
}

}  // namespace hapair::fuzz
