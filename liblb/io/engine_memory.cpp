// The engine's part in changing the process: what it hands on and takes in, and its sockets.
#include "liblb/core/engine_memory.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "common/base/text.hpp"
#include "liblb/io/engine_parts.hpp"
#include "liblb/io/frontend_h2.hpp"

namespace hapair::lb {
namespace {

/// Each thing that counts, by the name under which it goes to another process.
struct Counted {
  std::string name;
  TrafficCounters* traffic = nullptr;
  std::vector<base::Histogram*> latency{};
  H2Counters* h2 = nullptr;
  Persistence* keeping = nullptr;
};

std::vector<Counted> all_counted(SharedRow<Frontend>& frontends,
                                 SharedRow<BackendDriver>& drivers) {
  std::vector<Counted> all;
  for (Frontend& frontend : frontends) {
    const std::string& name = frontend.settings().name;
    all.push_back({.name = base::concat("frontend ", name),
                   .traffic = &frontend.counters,
                   .latency = {&frontend.latency.request, &frontend.latency.total},
                   .h2 = &frontend.h2().counters});
    for (Listener& listener : frontend.listeners()) {
      all.push_back({.name = base::concat("bind ", name, " ", listener.name()),
                     .traffic = &listener.counters});
    }
  }
  for (BackendDriver& driver : drivers) {
    Backend& backend = driver.backend();
    BackendLatency& latency = backend.latency;
    all.push_back({.name = base::concat("backend ", backend.name()),
                   .traffic = &backend.counters,
                   .latency = {&latency.queue, &latency.connect, &latency.response, &latency.total},
                   .h2 = &driver.http2(),
                   .keeping = backend.persistence()});
    for (std::size_t i = 0; i < backend.size(); ++i) {
      Server& server = backend.server(i);
      if (server.removed()) continue;
      Counted& counted = all.emplace_back(
          Counted{.name = base::concat("server ", backend.name(), "/", server.name()),
                  .traffic = &server.counters});
      if (ServerLatency* const times = server.latency().get()) {
        counted.latency = {&times->connect, &times->response, &times->total};
      }
    }
  }
  return all;
}

std::vector<ClientTable*> all_tables(SharedRow<ClientTable>& tables, SharedRow<Frontend>& frontends,
                                     SharedRow<BackendDriver>& drivers) {
  std::vector<ClientTable*> all;
  for (ClientTable& table : tables) all.push_back(&table);
  const auto add = [&all](std::optional<RateLimiter>& limiter) {
    if (!limiter) return;
    for (RateLimiter::Group& group : limiter->groups()) all.push_back(&group.table);
  };
  for (Frontend& frontend : frontends) add(frontend.rate_limiter());
  for (BackendDriver& driver : drivers) add(driver.rate_limiter());
  return all;
}

std::string stick_name(const Backend& backend) { return base::concat("stick:", backend.name()); }

/// Null: it has no table.
Persistence* sticking(Backend& backend) {
  Persistence* const persistence = backend.persistence();
  return persistence != nullptr && persistence->table() != nullptr ? persistence : nullptr;
}

template <class Value, class Visit>
void collect(const KeyTable<Value>& table, base::Instant now, TableMemory& memory,
             const Visit& visit) {
  table.for_each(now, EngineMemory::kMaxClients,
                 [&](const TableKey& key, const Value& value, base::Duration left) {
                   if (!visit(value)) return;
                   memory.keys.push_back(key);
                   memory.last_uses.push_back(now + left - table.expire());
                 });
  std::ranges::reverse(memory.keys);
  std::ranges::reverse(memory.last_uses);
}

TableMemory memory_of(const ClientTable& table, base::Instant now) {
  TableMemory memory{
      .name = table.settings().name, .hash = table.hash(), .counters = table.settings().counters};
  const std::size_t width = memory.counters.size();
  collect(table.entries(), now, memory, [&](const RateWindow& first) {
    // Backwards as a whole, so that each client's own come in order in the end.
    for (std::size_t i = width; i-- > 0;) memory.windows.push_back((&first)[i].raw());
    return true;
  });
  std::ranges::reverse(memory.windows);
  return memory;
}

TableMemory memory_of(Backend& backend, const Persistence& persistence, base::Instant now) {
  TableMemory memory{.name = stick_name(backend), .hash = persistence.hash()};
  for (std::size_t i = 0; i < backend.size(); ++i) {
    const Server& server = backend.server(i);
    memory.servers.push_back(server.removed() ? std::string() : server.name());
  }
  collect(*persistence.table(), now, memory, [&](const Persistence::StickPlace& stick) {
    if (stick.place >= memory.servers.size() || memory.servers[stick.place].empty()) return false;
    memory.server_of.push_back(stick.place);
    return true;
  });
  std::ranges::reverse(memory.server_of);
  return memory;
}

void adopt_clients(ClientTable& table, const TableMemory& memory) {
  const std::vector<CounterSettings>& own = table.settings().counters;
  const std::size_t width = memory.counters.size();
  if (memory.windows.size() < memory.keys.size() * width) return;
  table.adopt_hash(memory.hash);
  for (std::size_t i = 0; i < memory.keys.size(); ++i) {
    const ClientTable::Windows windows = table.use(memory.keys[i], memory.last_uses[i]);
    for (std::size_t k = 0; k < width; ++k) {
      const auto same = std::ranges::find(own, memory.counters[k]);
      if (same == own.end()) continue;
      windows[static_cast<std::size_t>(same - own.begin())].adopt(memory.windows[i * width + k]);
    }
  }
}

void adopt_sticks(Backend& backend, Persistence& persistence, const TableMemory& memory) {
  if (memory.server_of.size() < memory.keys.size()) return;
  std::vector<std::optional<std::size_t>> places;
  for (const std::string& name : memory.servers) {
    std::optional<std::size_t>& place = places.emplace_back();
    for (std::size_t i = 0; i < backend.size() && !name.empty(); ++i) {
      if (!backend.server(i).removed() && backend.server(i).name() == name) place = i;
    }
  }
  persistence.adopt_hash(memory.hash);
  for (std::size_t i = 0; i < memory.keys.size(); ++i) {
    if (memory.server_of[i] >= places.size()) continue;
    const auto place = places[memory.server_of[i]];
    if (!place) continue;
    persistence.on_served({.key = memory.keys[i]}, backend.server(*place), *place,
                          memory.last_uses[i]);
  }
}

}  // namespace

EngineMemory Engine::memory(base::Instant now) const {
  EngineMemory memory;
  Parts& parts = *parts_;
  for (const Counted& each : all_counted(parts.current->frontends, parts.current->backends)) {
    CountedMemory& out = memory.counted.emplace_back();
    out.name = each.name;
    out.traffic = each.traffic->figures();
    for (const base::Histogram* histogram : each.latency) {
      out.latency.push_back(histogram->figures());
    }
    if (each.h2 != nullptr) out.h2 = each.h2->figures();
    if (each.keeping != nullptr) out.keeping = each.keeping->counters().figures();
  }
  for (const ClientTable* table :
       all_tables(parts.current->tables, parts.current->frontends, parts.current->backends)) {
    memory.tables.push_back(memory_of(*table, now));
  }
  for (BackendDriver& driver : parts.current->backends) {
    const Persistence* const persistence = sticking(driver.backend());
    if (persistence == nullptr) continue;
    memory.tables.push_back(memory_of(driver.backend(), *persistence, now));
  }
  return memory;
}

void Engine::adopt(const EngineMemory& memory) {
  Parts& parts = *parts_;
  for (const Counted& each : all_counted(parts.current->frontends, parts.current->backends)) {
    const auto from = std::ranges::find(memory.counted, each.name, &CountedMemory::name);
    if (from == memory.counted.end()) continue;
    each.traffic->adopt(from->traffic);
    for (std::size_t i = 0; i < std::min(each.latency.size(), from->latency.size()); ++i) {
      each.latency[i]->adopt(from->latency[i]);
    }
    if (each.h2 != nullptr) each.h2->adopt(from->h2);
    if (each.keeping != nullptr) each.keeping->adopt_counters(from->keeping);
  }
  const auto table_of = [&memory](const std::string& name) {
    const auto found = std::ranges::find(memory.tables, name, &TableMemory::name);
    return found == memory.tables.end() ? nullptr : &*found;
  };
  for (ClientTable* table :
       all_tables(parts.current->tables, parts.current->frontends, parts.current->backends)) {
    if (const auto* from = table_of(table->settings().name)) adopt_clients(*table, *from);
  }
  for (BackendDriver& driver : parts.current->backends) {
    Persistence* const persistence = sticking(driver.backend());
    if (persistence == nullptr) continue;
    const auto* from = table_of(stick_name(driver.backend()));
    if (from != nullptr) adopt_sticks(driver.backend(), *persistence, *from);
  }
}

void Engine::hold_accepts(bool on) {
  parts_->held = on;
  for (Frontend& frontend : parts_->current->frontends) {
    for (Listener& listener : frontend.listeners()) {
      // What keeps new connections out of a quiet socket is the socket's, and would go over with
      // it.
      if (on && !listener.is_open()) listener.end_drain();
      listener.hold(on);
    }
  }
}

std::vector<Engine::BoundSocket> Engine::bound_sockets() const {
  std::vector<BoundSocket> all;
  for (const Frontend& frontend : parts_->current->frontends) {
    for (const Listener& listener : frontend.listeners()) {
      all.push_back({.name = listener.name(), .fd = listener.fd()});
    }
  }
  return all;
}

void Engine::give_sockets_away() {
  for (Frontend& frontend : parts_->current->frontends) {
    for (Listener& listener : frontend.listeners()) listener.give_away();
  }
}

}  // namespace hapair::lb
