// Any bytes as a response: the same reading however they are cut; and what is understood, written
// anew for the client, is read as the same response.
#pragma once

#include <algorithm>
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

inline void require_faithful_rewrite(const http::ResponseHead& head, http::Method method,
                                     http::Version client) {
  http::ResponsePlan plan;
  plan.client = client;
  plan.body = http::framing_towards(client, http::response_body(head, method));
  if (head.status == 101 && client == http::Version::kHttp10) return;  // is never asked for
  plan.close = plan.body.kind == http::BodyFraming::Kind::kUntilClose;
  std::array<std::uint8_t, 65536> out;
  const auto size = http::write_response_head(out, head, plan);
  require(size.has_value(), "a head within the limits fits");
  require(!http::write_response_head(std::span(out).first(*size - 1), head, plan),
          "a buffer one byte too small is an overflow");
  if (head.fields.size() + 2 > http::FieldList::kCapacity) return;  // no room for what we add
  http::HeadLimits limits;
  limits.max_head = limits.max_start_line = out.size();
  http::ResponseParser parser(limits);
  http::ResponseHead again;
  const auto result = parser.parse(base::as_text({out.data(), *size}), again);
  require(result.complete() && result.bytes == *size, "what we write is a well-formed head");
  require(again.status == head.status && again.reason == head.reason, "the status stays");
  require(http::response_body(again, method) == plan.body, "the framing is as planned");
  require(again.framing.connection_options <= 2, "no foreign Connection option goes through");
}

/// Of a 101: it switches to what the client offered, or it is no answer to the offer.
inline void require_honest_switch(const http::ResponseHead& head) {
  constexpr std::string_view kOffer =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: IRC/6.9, chat\r\n\r\n";
  http::RequestHead request;
  http::RequestParser parser;
  require(parser.parse(kOffer, request).complete(), "the offer is well formed");
  const bool offered = head.upgrade == "IRC/6.9" || head.upgrade == "chat";
  if (http::takes_offer(head, request)) {
    require(head.framing.upgrade && !head.upgrade.empty(), "a switch names its protocol");
  } else {
    const auto is_upgrade = [](const http::Field& field) {
      return field.id == http::FieldId::kUpgrade;
    };
    require(!offered || !head.framing.upgrade || head.version == http::Version::kHttp10 ||
                std::ranges::count_if(head.fields, is_upgrade) > 1,
            "one offer that is taken is a switch");
  }
}

inline void fuzz_http_response(std::span<const std::uint8_t> data) {
  const std::string_view bytes = base::as_text(data);
  http::HeadLimits limits;  // small ones, so that the corpus can reach them
  limits.max_start_line = 256;
  limits.max_head = 2048;
  const std::uint64_t seed = data.size() + 1;
  for (const http::Method method : {http::Method::kGet, http::Method::kHead}) {
    http::ResponseHead head;
    const Reading whole = read_response(bytes, {}, head, method, limits);
    if (!whole.head.empty()) {
      require_faithful_rewrite(head, method, http::Version::kHttp11);
      require_faithful_rewrite(head, method, http::Version::kHttp10);
      require_honest_switch(head);
    }
    http::ResponseHead other;
    require(read_response(bytes, {.max_piece = 1}, other, method, limits) == whole, "byte by byte");
    require(read_response(bytes, {.max_piece = 7, .seed = seed}, other, method, limits) == whole,
            "in pieces");
    require(read_response(bytes, {.max_piece = 64, .moves = true, .seed = seed}, other, method,
                          limits) == whole,
            "in a buffer that moves");
  }
}

}  // namespace hapair::fuzz
