// What the engine knows of clients and has counted, as records. Tables are long: their clients come
// as rows of fixed width.
#include <algorithm>

#include "apps/hapair/handover/node_state.hpp"

namespace hapair::handover {
namespace {

enum EngineTag : std::uint16_t { kCounted = 1, kTable };
enum CountedTag : std::uint16_t { kName = 1, kTraffic, kLatency, kH2, kKeeping };
enum TableTag : std::uint16_t { kTableName = 1, kHashLow, kHashHigh, kCounter, kServer, kClients };
enum CounterTag : std::uint16_t { kOf = 1, kPer };

constexpr auto kRates = static_cast<std::uint64_t>(lb::RateOf::kActive) + 1;
constexpr std::size_t kFigure = 2 + 8;
constexpr std::size_t kKey = 16;
constexpr std::size_t kWindow = 4 * std::tuple_size_v<lb::RateWindow::Raw>;

void put_figures(RecordWriter& out, std::uint16_t tag, const base::Figures& figures) {
  base::ByteWriter rows;
  for (const auto& [id, figure] : figures) rows.u16(id).u64(figure);
  out.bytes(tag, rows.view());
}

base::Figures take_figures(base::Bytes bytes) {
  base::Figures figures;
  base::ByteReader in(bytes);
  while (in.left() >= kFigure) {
    const std::uint16_t id = in.u16();
    figures.emplace_back(id, in.u64());
  }
  return figures;
}

RecordWriter records_of(const lb::CountedMemory& counted) {
  RecordWriter out;
  out.text(kName, counted.name);
  put_figures(out, kTraffic, counted.traffic);
  for (const base::Figures& histogram : counted.latency) put_figures(out, kLatency, histogram);
  if (!counted.h2.empty()) put_figures(out, kH2, counted.h2);
  if (!counted.keeping.empty()) put_figures(out, kKeeping, counted.keeping);
  return out;
}

lb::CountedMemory take_counted(base::Bytes bytes) {
  lb::CountedMemory counted;
  RecordReader in(bytes);
  while (const auto record = in.next()) {
    if (record->tag == kName) counted.name = record->text();
    if (record->tag == kTraffic) counted.traffic = take_figures(record->payload);
    if (record->tag == kLatency) counted.latency.push_back(take_figures(record->payload));
    if (record->tag == kH2) counted.h2 = take_figures(record->payload);
    if (record->tag == kKeeping) counted.keeping = take_figures(record->payload);
  }
  return counted;
}

bool has_servers(const lb::TableMemory& table) { return !table.servers.empty(); }

/// Of one client: its key, its last use, then its windows or its server.
std::size_t row_size(const lb::TableMemory& table) {
  return kKey + 8 + (has_servers(table) ? 4 : table.counters.size() * kWindow);
}

RecordWriter records_of(const lb::TableMemory& table) {
  RecordWriter out;
  out.text(kTableName, table.name);
  out.number(kHashLow, table.hash.low).number(kHashHigh, table.hash.high);
  for (const lb::CounterSettings& counter : table.counters) {
    RecordWriter each;
    each.number(kOf, static_cast<std::uint64_t>(counter.of)).time(kPer, counter.per);
    out.nested(kCounter, each);
  }
  for (const std::string& server : table.servers) out.text(kServer, server);
  const std::size_t width = table.counters.size();
  base::ByteWriter rows;
  for (std::size_t i = 0; i < table.keys.size(); ++i) {
    rows.bytes(table.keys[i].bytes);
    rows.u64(static_cast<std::uint64_t>(base::to_ns(table.last_uses[i])));
    if (has_servers(table)) {
      rows.u32(table.server_of[i]);
      continue;
    }
    for (std::size_t k = 0; k < width; ++k) {
      for (const std::uint32_t part : table.windows[i * width + k]) rows.u32(part);
    }
  }
  out.bytes(kClients, rows.view());
  return out;
}

lb::CounterSettings take_counter(base::Bytes bytes) {
  lb::CounterSettings counter;
  RecordReader in(bytes);
  while (const auto record = in.next()) {
    if (record->tag == kOf) {
      counter.of = record->one_of<lb::RateOf>(kRates).value_or(lb::RateOf::kActive);
    }
    if (record->tag == kPer) counter.per = record->duration();
  }
  return counter;
}

void take_clients(base::Bytes rows, lb::TableMemory& table) {
  const std::size_t width = table.counters.size();
  const std::size_t size = row_size(table);
  base::ByteReader in(rows);
  while (in.left() >= size && table.keys.size() < lb::EngineMemory::kMaxClients) {
    std::ranges::copy(in.take(kKey), table.keys.emplace_back().bytes.begin());
    table.last_uses.push_back(base::from_ns(static_cast<std::int64_t>(in.u64())));
    if (has_servers(table)) {
      table.server_of.push_back(in.u32());
      continue;
    }
    for (std::size_t k = 0; k < width; ++k) {
      for (std::uint32_t& part : table.windows.emplace_back()) part = in.u32();
    }
  }
}

lb::TableMemory take_table(base::Bytes bytes) {
  lb::TableMemory table;
  base::Bytes rows;
  RecordReader in(bytes);
  while (const auto record = in.next()) {
    if (record->tag == kTableName) table.name = record->text();
    if (record->tag == kHashLow) table.hash.low = record->number();
    if (record->tag == kHashHigh) table.hash.high = record->number();
    if (record->tag == kCounter) table.counters.push_back(take_counter(record->payload));
    if (record->tag == kServer) table.servers.emplace_back(record->text());
    if (record->tag == kClients) rows = record->payload;
  }
  take_clients(rows, table);
  return table;
}

}  // namespace

RecordWriter engine_records(const lb::EngineMemory& engine) {
  RecordWriter out;
  for (const lb::CountedMemory& counted : engine.counted) out.nested(kCounted, records_of(counted));
  for (const lb::TableMemory& table : engine.tables) out.nested(kTable, records_of(table));
  return out;
}

lb::EngineMemory take_engine(base::Bytes bytes) {
  lb::EngineMemory engine;
  RecordReader in(bytes);
  while (const auto record = in.next()) {
    if (record->tag == kCounted) engine.counted.push_back(take_counted(record->payload));
    if (record->tag == kTable) engine.tables.push_back(take_table(record->payload));
  }
  return engine;
}

}  // namespace hapair::handover
