// Cross checks of tables: who counts in them, and who looks at them; see validate.hpp.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

/// Null: there is none of that name, or it is faulty.
const TableDraft* table_named(const CrossCheck& check, std::string_view name) {
  const auto at = std::ranges::find(check.draft.tables, name, &TableDraft::name);
  return at == check.draft.tables.end() ? nullptr : &*at;
}

void check_table_name(const CrossCheck& check, const std::string& path, std::string_view name) {
  if (name.empty() || table_named(check, name) != nullptr ||
      check.positions.given(concat("tables.", name))) {
    return;
  }
  std::vector<std::string_view> names;
  for (const TableDraft& other : check.draft.tables) names.push_back(other.name);
  check.fault(path, check.unknown("table", name, names));
}

/// Keys of what is counted; each counter's but for the last is a time.
constexpr std::array<std::string_view, 7> kCounted = {
    "requests", "connections", "errors", "failures", "bytes_in", "bytes_out", "active"};

/// The table has that counter, good or faulty.
bool counts(const CrossCheck& check, const TableDraft& table, std::string_view key) {
  const std::string path = concat("tables.", table.name, ".", key);
  if (key == "active") return table.table.active || check.faults.names(path);
  return check.positions.given(path);
}

void check_table(const CrossCheck& check, const TableDraft& table) {
  const std::string path = concat("tables.", table.name);
  const auto has = [&](std::string_view key) { return counts(check, table, key); };
  if (std::ranges::none_of(kCounted, has)) {
    check.fault(path, R"(counts nothing; give it a counter, such as "requests": "10s")");
  }
  if (table.connections && table.by != "source") {
    check.fault(path + ".connections",
                "connections are told by their addresses, before there is a request; count them "
                "in a table by \"source\"");
  }
  const bool used = std::ranges::any_of(check.draft.frontends, [&](const FrontendDraft& each) {
    return is_listed(table.name, each.count_in);
  });
  if (!used) {
    check.notice(path, "no frontend counts in it, so it stays empty; name it in a count_in");
  }
}

void check_count_in(const CrossCheck& check, const FrontendDraft& frontend) {
  check_twice(check, frontend.count_in);
  for (const ListedText& name : frontend.count_in) {
    check_table_name(check, name.path, name.text);
    const TableDraft* table = table_named(check, name.text);
    if (table != nullptr && table->by != "source" && frontend.frontend.mode == Mode::kTcp) {
      check.fault(name.path, concat("table ", table->name, " tells clients by ", table->by,
                                    ", and in mode tcp there are no requests; use one by "
                                    "\"source\""));
    }
  }
}

}  // namespace

void check_tables(const CrossCheck& check) {
  for (const TableDraft& table : check.draft.tables) check_table(check, table);
  for (const FrontendDraft& frontend : check.draft.frontends) check_count_in(check, frontend);
}

void check_rate_over(const CrossCheck& check, const MatchDraft& match) {
  if (!match.rate_over) return;
  const std::string path = match.path + ".rate_over";
  check_table_name(check, path + ".table", match.rate_over->table);
  const TableDraft* table = table_named(check, match.rate_over->table);
  const AmountDraft& amount = match.rate_over->amount;
  for (const auto& [key, bytes] :
       {std::pair(".bytes_in", amount.bytes_in), std::pair(".bytes_out", amount.bytes_out)}) {
    if (bytes > 0 || !check.positions.given(path + key)) continue;
    check.fault(path + key, "the first byte is over 0 bytes; give a size like \"100MiB\"");
  }
  if (table == nullptr || check.faults.names(path)) return;
  for (const std::string_view key : kCounted) {
    const std::string own = concat(path, ".", key);
    if (!check.positions.given(own) || counts(check, *table, key)) continue;
    check.fault(own, concat("table ", table->name, " doesn't count that; give it \"", key,
                            "\": ", key == "active" ? "true" : "\"1m\""));
  }
}

}  // namespace hapair::config
