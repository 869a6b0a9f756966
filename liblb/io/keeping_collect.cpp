// The engine's report on what is known of clients.
#include <span>
#include <utility>

#include "common/base/text.hpp"
#include "liblb/core/keeping_view.hpp"
#include "liblb/io/engine_parts.hpp"

namespace hapair::lb {
namespace {

using TableKind = TableView::Kind;

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
TableView view_of(std::string name, TableKind kind, const KeyTable<Value>& table,
                  const ClientKeySettings& by) {
  return {.name = std::move(name),
          .kind = kind,
          .by = text_of(by),
          .size = table.size(),
          .entries = table.entries(),
          .evictions = table.evictions(),
          .expirations = table.expirations(),
          .memory = table.memory()};
}

TableView view_of(TableKind kind, const ClientTable& table, base::Instant now) {
  const ClientTableSettings& settings = table.settings();
  TableView view = view_of(settings.name, kind, table.entries(), settings.by);
  view.counters = settings.counters;
  if (settings.active) view.active_clients = table.active().keys();
  table.entries().for_each(
      now, kClientsInView, [&](const TableKey& key, const RateWindow& first, base::Duration left) {
        // Where the field is missing the key is an address among hashes.
        TableView::Client client{.key = to_text(key, settings.by.source), .expires = left};
        const std::span windows(&first, settings.counters.size());
        for (std::size_t i = 0; i < windows.size(); ++i) {
          const CounterSettings& each = settings.counters[i];
          client.figures.emplace_back(each.of, windows[i].count(now, each.per));
        }
        if (settings.active) {
          client.figures.emplace_back(RateOf::kActive, table.active().count(key));
        }
        view.clients.push_back(std::move(client));
      });
  return view;
}

void add_limits(const std::optional<RateLimiter>& limiter, base::Instant now,
                std::vector<TableView>& views) {
  if (!limiter) return;
  for (const RateLimiter::Group& group : limiter->groups()) {
    views.push_back(view_of(TableKind::kLimit, group.table, now));
    views.back().limits = group.limits;
  }
}

TableView stick_view(const Persistence& persistence, const Backend& backend, base::Instant now) {
  TableView view = view_of(base::concat("stick:", backend.name()), TableKind::kStick,
                           *persistence.table(), persistence.on());
  view.persistence = persistence.counters();
  persistence.table()->for_each(
      now, kClientsInView,
      [&](const TableKey& key, const Persistence::StickPlace& place, base::Duration left) {
        TableView::Client client{.key = to_text(key, persistence.on().source), .expires = left};
        if (place.place < backend.size()) client.server = backend.server(place.place).name();
        view.clients.push_back(std::move(client));
      });
  return view;
}

}  // namespace

KeepingView Engine::keeping() const {
  KeepingView views;
  const base::Instant now = parts_->context.now();
  for (const ClientTable& table : parts_->current->tables) {
    views.tables.push_back(view_of(TableKind::kOwn, table, now));
  }
  for (const Frontend& frontend : parts_->current->frontends) {
    add_limits(frontend.rate_limiter(), now, views.tables);
  }
  for (const BackendDriver& driver : parts_->current->backends) {
    add_limits(driver.rate_limiter(), now, views.tables);
    const Backend& backend = driver.backend();
    const Persistence* persistence = backend.persistence();
    if (persistence == nullptr) continue;
    if (persistence->cookie()) {
      views.cookies.push_back({.backend = backend.name(),
                               .name = persistence->cookie()->name,
                               .counters = persistence->counters()});
    }
    if (persistence->table() != nullptr) {
      views.tables.push_back(stick_view(*persistence, backend, now));
    }
  }
  return views;
}

}  // namespace hapair::lb
