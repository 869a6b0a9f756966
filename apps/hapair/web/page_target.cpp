#include "apps/hapair/web/page_target.hpp"

#include "common/base/text.hpp"
#include "common/http/url_text.hpp"

namespace hapair::web {
namespace {

using base::concat;

constexpr std::size_t kLongestName = 256;

base::Result<std::string> decoded(std::string_view key, std::string_view value) {
  std::string text;
  http::append_decoded(value, text);
  if (!text.empty() && text.size() <= kLongestName) return text;
  return base::fail(
      concat("'", key, "' has no value, or one of more than ", kLongestName, " bytes"));
}

/// Null: the key is none of an order.
std::string* place_of(PageOrder& order, std::string_view key) {
  if (key == "order") return &order.word;
  if (key == "backend") return &order.backend;
  if (key == "server") return &order.server;
  if (key == "vip") return &order.vip;
  return nullptr;
}

base::Result<void> check_order(const PageOrder& order) {
  const bool server = !order.backend.empty() && !order.server.empty() && order.vip.empty();
  const bool vip = !order.vip.empty() && order.backend.empty() && order.server.empty();
  if (server || vip) return {};
  return base::fail("an order names a 'backend' and a 'server', or a 'vip', and nothing else");
}

base::Result<void> take(std::string_view part, PageTarget& target) {
  const std::size_t equals = part.find('=');
  const std::string_view key = part.substr(0, equals);
  if (equals == std::string_view::npos) {
    if (key == "csv") target.what = PageTarget::What::kCsv;
    if (key == "json") target.what = PageTarget::What::kJson;
    return {};
  }
  const std::string_view value = part.substr(equals + 1);
  if (key == "since") {
    target.since = base::parse_unsigned(value);
    if (target.since) return {};
    return base::fail("'since' is not the number of a document");
  }
  std::string* const place = key == "run" ? &target.run : place_of(target.order, key);
  if (place == nullptr) return {};
  if (!place->empty()) return base::fail(concat("'", key, "' stands there twice"));
  auto text = decoded(key, value);
  if (!text) return std::unexpected(text.error());
  *place = *std::move(text);
  return {};
}

}  // namespace

base::Result<PageTarget> parse_page_target(std::string_view suffix) {
  PageTarget target;
  while (!suffix.empty()) {
    if (auto taken = take(base::take_part(suffix, ';'), target); !taken) {
      return std::unexpected(taken.error());
    }
  }
  if (target.order.word.empty()) return target;
  if (auto whole = check_order(target.order); !whole) return std::unexpected(whole.error());
  target.what = PageTarget::What::kOrder;
  return target;
}

}  // namespace hapair::web
