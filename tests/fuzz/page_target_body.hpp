// Any text behind the page's URI: an answer or an error, and an order names one thing.
#pragma once

#include <cstdint>
#include <span>

#include "apps/hapair/web/page_target.hpp"
#include "common/base/bytes.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void fuzz_page_target(std::span<const std::uint8_t> bytes) {
  const auto target = web::parse_page_target(base::as_text(bytes));
  if (!target) {
    require(!target.error().message.empty(), "an error says what is wrong");
    return;
  }
  const web::PageOrder& order = target->order;
  const bool gives_order = target->what == web::PageTarget::What::kOrder;
  require(gives_order == !order.word.empty(), "an order has a word");
  if (!gives_order) return;
  require(order.backend.empty() == order.server.empty(), "a server is one of a backend");
  require(order.vip.empty() != order.server.empty(), "it is for a server or for a VIP");
}

}  // namespace hapair::fuzz
