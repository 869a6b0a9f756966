// Any bytes as a request: the same reading however they are cut; and what is understood, written
// anew for the server, is read as the same request with one framing and without hop-by-hop fields.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/http/head_writer.hpp"
#include "common/http/upgrade.hpp"
#include "tests/fuzz/http_reading.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void require_faithful_rewrite(const http::RequestHead& head) {
  http::RequestPlan plan;
  plan.body = http::request_body(head);
  plan.fallback_host = "192.0.2.1";
  plan.forwarded_for_name = "X-Forwarded-For";
  plan.forwarded_for_value = "198.51.100.7";
  plan.upgrade = http::offers_upgrade(head);
  std::array<std::uint8_t, 65536> out;
  const auto size = http::write_request_head(out, head, plan);
  require(size.has_value(), "a head within the limits fits");
  require(!http::write_request_head(std::span(out).first(*size - 1), head, plan),
          "a buffer one byte too small is an overflow");
  http::HeadLimits limits;
  limits.max_head = limits.max_start_line = out.size();
  http::RequestHead again;
  if (head.fields.size() + 3 > http::FieldList::kCapacity) return;  // no room for what we add
  http::RequestParser parser(limits);
  const auto result = parser.parse(base::as_text({out.data(), *size}), again);
  require(result.complete() && result.bytes == *size, "what we write is a well-formed head");
  require(again.method_text == head.method_text, "the method stays");
  require(again.has_host && (!head.has_host || again.host == head.host), "Host stays");
  require(again.version == http::Version::kHttp11, "HTTP/1.1 is written");
  require(http::request_body(again) == plan.body, "the framing stays");
  const std::size_t options = (plan.upgrade ? 1U : 0U) + (head.framing.takes_trailers ? 1U : 0U);
  require(again.framing.connection_options == options, "only our Connection options go through");
  require(again.framing.upgrade == plan.upgrade, "another protocol is asked for when planned");
  std::string_view protocol;
  require(http::UpgradeOffers(again.fields).next(protocol) == plan.upgrade, "and is named");
  require(again.fields.find("x-forwarded-for") != nullptr, "the client is named");
}

inline void fuzz_http_request(std::span<const std::uint8_t> data) {
  const std::string_view bytes = base::as_text(data);
  http::HeadLimits limits;  // small ones, so that the corpus can reach them
  limits.max_start_line = 256;
  limits.max_head = 2048;
  http::RequestHead head;
  const Reading whole = read_request(bytes, {}, head, limits);
  if (!whole.head.empty()) require_faithful_rewrite(head);
  http::RequestHead other;
  const std::uint64_t seed = data.size() + 1;
  require(read_request(bytes, {.max_piece = 1}, other, limits) == whole, "byte by byte");
  require(read_request(bytes, {.max_piece = 7, .seed = seed}, other, limits) == whole, "in pieces");
  require(
      read_request(bytes, {.max_piece = 64, .moves = true, .seed = seed}, other, limits) == whole,
      "in a buffer that moves");
}

}  // namespace hapair::fuzz
