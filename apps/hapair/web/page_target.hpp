// What the target of a request for the page asks for: what stands behind its URI, in parts that
// semicolons set apart, as in HAProxy's. Any text gives an answer or an error. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hapair::web {

/// An order: what is to be done, with a server or with a VIP.
struct PageOrder {
  std::string word;     ///< "drain", "step-down", ...; any word
  std::string backend;  ///< with `server`
  std::string server;
  std::string vip;
};

struct PageTarget {
  enum class What : std::uint8_t { kPage, kCsv, kJson, kOrder };

  What what = What::kPage;
  // Of kJson: what the client knows already; without it everything is wanted.
  std::string run{};
  std::optional<std::uint64_t> since{};
  PageOrder order{};  ///< of kOrder
};

/// `suffix`: what stands behind the URI; empty, or it begins with a semicolon. Parts that mean
/// nothing are passed over, as HAProxy does; what belongs to an order, or to JSON, must be right.
[[nodiscard]] base::Result<PageTarget> parse_page_target(std::string_view suffix);

}  // namespace hapair::web
