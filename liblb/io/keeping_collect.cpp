// The engine's report on what is known of clients.
#include <utility>

#include "common/base/text.hpp"
#include "liblb/core/keeping_view.hpp"
#include "liblb/io/engine_parts.hpp"

namespace hapair::lb {
namespace {

std::string text_of(const ClientKeySettings& by) {
  switch (by.source) {
    case KeySource::kAddress:
      return "source";
    case KeySource::kHeader:
      return base::concat("header:", by.name);
    case KeySource::kCookie:
      return base::concat("cookie:", by.name);
    case KeySource::kServerName:
      return "sni";
  }
  return {};
}

template <class Value>
TableView view_of(const KeyTable<Value>& table, const ClientKeySettings& by) {
  return {.by = text_of(by),
          .size = table.size(),
          .entries = table.entries(),
          .evictions = table.evictions(),
          .expirations = table.expirations(),
          .memory = table.memory()};
}

std::optional<RateLimitView> view_of(const std::optional<RateLimiter>& limiter, base::Instant now) {
  if (!limiter) return std::nullopt;
  const RateLimitSettings& settings = limiter->settings();
  RateLimitView view{.of = settings.of,
                     .limit = settings.limit,
                     .per = settings.per,
                     .refused = limiter->refused(),
                     .table = view_of(limiter->table(), settings.by)};
  limiter->table().for_each(
      now, kClientsInView, [&](const TableKey& key, const RateWindow& window, base::Duration left) {
        // Where the field is missing the key is an address among hashes.
        view.table.clients.push_back({.key = to_text(key, settings.by.source),
                                      .count = window.count(now, settings.per),
                                      .expires = left});
      });
  return view;
}

StickView view_of(const Persistence& persistence, const Backend& backend, base::Instant now) {
  StickView view{.counters = persistence.counters(),
                 .table = view_of(*persistence.table(), persistence.on())};
  persistence.table()->for_each(
      now, kClientsInView,
      [&](const TableKey& key, const Persistence::StickPlace& place, base::Duration left) {
        TableView::Client client{.key = to_text(key, persistence.on().source), .expires = left};
        if (place.place < backend.size()) client.server = backend.server(place.place).name();
        view.table.clients.push_back(std::move(client));
      });
  return view;
}

}  // namespace

std::vector<KeepingView> Engine::keeping() const {
  std::vector<KeepingView> views;
  const base::Instant now = parts_->context.now();
  for (const Frontend& frontend : parts_->frontends) {
    if (!frontend.rate_limiter()) continue;
    views.push_back(
        {.proxy = frontend.settings().name, .rate_limit = view_of(frontend.rate_limiter(), now)});
  }
  for (const BackendDriver& driver : parts_->backends) {
    const Persistence* persistence = driver.backend().persistence();
    if (persistence == nullptr && !driver.rate_limiter()) continue;
    KeepingView view{.proxy = driver.backend().name(),
                     .backend = true,
                     .rate_limit = view_of(driver.rate_limiter(), now)};
    if (persistence != nullptr && persistence->cookie()) {
      view.cookie = {.name = persistence->cookie()->name, .counters = persistence->counters()};
    }
    if (persistence != nullptr && persistence->table() != nullptr) {
      view.stick = view_of(*persistence, driver.backend(), now);
    }
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace hapair::lb
