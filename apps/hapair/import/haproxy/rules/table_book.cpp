#include "apps/hapair/import/haproxy/rules/table_book.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

struct Counter {
  std::string_view haproxy;
  std::string_view hapair;
};
constexpr auto kCounters = std::to_array<Counter>({
    {"http_req_rate", "requests"},
    {"conn_rate", "connections"},
    {"sess_rate", "connections"},
    {"http_err_rate", "errors"},
    {"http_fail_rate", "failures"},
    {"bytes_in_rate", "bytes_in"},
    {"bytes_out_rate", "bytes_out"},
    {"conn_cur", "active"},
});

constexpr std::int64_t kMostCount = 1'000'000;
constexpr std::int64_t kMostBytes = (1LL << 32) - 1;
constexpr std::int64_t kMostEntries = 10'000'000;

/// "sc_http_req_rate", "src_conn_cur", "table_conn_rate" without what stands before.
std::string_view bare_counter(std::string_view name) {
  for (const std::string_view prefix : {"sc_", "src_", "table_"}) {
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  }
  return {};
}

bool is_stored(std::string_view counter) {
  return counter.ends_with("_rate") || counter.ends_with("_cnt") || counter.ends_with("_cur") ||
         counter.starts_with("gpc") || counter.starts_with("gpt") || counter.ends_with("gpc0") ||
         counter.ends_with("gpc1") || counter.starts_with("kbytes") ||
         counter.starts_with("get_gp");
}

/// "source", "header:NAME" or "cookie:NAME"; empty: hapair's tables know clients by nothing else.
std::string client_by(const Sample& key) {
  if (!key.converters.empty()) return {};
  const std::string& name = key.fetch.name;
  if (name == "src") return "source";
  if ((name == "req.hdr" || name == "req.fhdr") && key.fetch.arguments.size() == 1) {
    return concat("header:", key.fetch.argument(0));
  }
  if (name == "req.cook" && key.fetch.arguments.size() == 1) {
    return concat("cookie:", key.fetch.argument(0));
  }
  return {};
}

}  // namespace

TableBook::TableBook(Model& model, Marks& marks) : model_(model), marks_(marks) {
  for (const Proxy& proxy : model_.proxies) {
    for (const Line* line : proxy.lines) {
      if (line->keyword() == "stick-table") read_table(proxy, *line);
    }
  }
}

void TableBook::read_table(const Proxy& proxy, const Line& line) {
  Table table{.proxy = &proxy, .line = &line, .type = {}};
  for (std::size_t i = 1; i < line.words.size(); ++i) {
    const std::string_view word = line.word(i);
    if (word == "type") table.type = line.word(++i);
    if (word == "size") table.size = parse_size(line.word(++i)).value_or(0);
    if (word != "store") continue;
    // A list with commas; times in parentheses may have commas of array counters.
    const std::string list(line.word(++i));
    std::string_view rest = list;
    while (!rest.empty()) {
      std::string_view each = base::trim(base::take_part(rest, ','));
      const std::size_t open = each.find('(');
      std::string window;
      if (open != std::string_view::npos && each.ends_with(')')) {
        const auto time = parse_time(each.substr(open + 1, each.size() - open - 2));
        if (time) window = duration_text(*time);
      }
      table.windows.emplace(each.substr(0, open), window);
    }
  }
  tables_.insert_or_assign(proxy.section->name, std::move(table));
}

bool TableBook::is_counter(const Sample& sample) {
  const std::string& last =
      sample.converters.empty() ? sample.fetch.name : sample.converters.back().name;
  const std::string_view bare = bare_counter(last);
  return !bare.empty() && is_stored(bare) &&
         (sample.converters.empty() || sample.converters.size() == 1);
}

void TableBook::track(const Proxy& proxy, const Line& line, std::size_t word, bool conditional,
                      bool on_connection) {
  Track track{.proxy = &proxy,
              .at = line.at,
              .number = {},
              .table = proxy.section->name,
              .by = {},
              .problem = {},
              .conditional = conditional,
              .on_connection = on_connection};
  std::string_view name = line.word(word);
  name.remove_prefix(std::string_view("track-sc").size());
  if (name.starts_with('(')) name = name.substr(1, name.find(')') - 1);
  track.number = name;
  for (std::size_t i = word + 2; i + 1 < line.words.size(); ++i) {
    if (line.word(i) == "if" || line.word(i) == "unless") break;
    if (line.word(i) == "table") track.table = line.word(i + 1);
  }
  const auto key = parse_sample(line.word(word + 1));
  if (!key) {
    track.problem = key.error().message;
  } else {
    track.by = client_by(*key);
    const std::string& fetch = key->fetch.name;
    if (track.by.empty() && (fetch == "req.hdr_ip" || fetch == "req.hdr" || fetch == "req.fhdr") &&
        base::equals_ignoring_case(key->fetch.argument(0), "x-forwarded-for")) {
      track.by = "source";
    } else if (track.by.empty()) {
      track.problem = concat("clients are told by ", to_string(*key),
                             ", and hapair's tables know them by their address, a header field or "
                             "a cookie");
    }
  }
  tracks_.push_back(std::move(track));
}

base::Result<const TableBook::Track*> TableBook::tracked(std::string_view number,
                                                         const Proxy& proxy) {
  Track* found = nullptr;
  for (Track& each : tracks_) {
    if (each.number != number) continue;
    if (found == nullptr || each.proxy == &proxy) found = &each;
  }
  if (found == nullptr) {
    return base::fail(
        concat("nothing tracks a client as sc", number, ", so the counter is always empty"));
  }
  found->is_used = true;
  return found;
}

base::Result<Counted> TableBook::counted(const Sample& sample, const Proxy& proxy,
                                         Remarks& remarks) {
  const bool converted = !sample.converters.empty();
  const Call& call = converted ? sample.converters.back() : sample.fetch;
  const std::string_view bare = bare_counter(call.name);
  std::string table = proxy.section->name;
  std::string by = "source";
  bool of_backend = false;
  if (call.name.starts_with("sc_")) {
    const auto track = tracked(call.argument(0), proxy);
    if (!track) return std::unexpected(track.error());
    if (!(*track)->problem.empty()) return base::fail((*track)->problem);
    table = call.argument(1).empty() ? (*track)->table : std::string(call.argument(1));
    by = (*track)->by;
    of_backend = (*track)->proxy->frontend.empty();
    if ((*track)->conditional) {
      remarks.decisions.push_back(
          {concat("sc", call.argument(0), " counts only what a condition lets through"),
           "hapair's table counts all of the frontend; look whether the number fits that"});
    }
  } else {
    if (!call.argument(0).empty()) table = call.argument(0);
    if (converted && client_by(Sample{.fetch = sample.fetch}) != "source") {
      return base::fail(concat(to_string(sample),
                               " looks for another client than the request's; "
                               "hapair's tables don't"));
    }
  }
  const bool tracks =
      std::ranges::any_of(tracks_, [&table](const Track& each) { return each.table == table; });
  if (!tracks) {
    return base::fail(concat("nothing tracks clients in the stick-table of ",
                             base::printable(table, 64), ", so it is always empty"));
  }
  const auto known = tables_.find(table);
  if (known == tables_.end()) {
    return base::fail(concat("there is no stick-table in ", base::printable(table, 64)));
  }
  const auto* const counter = std::ranges::find(kCounters, bare, &Counter::haproxy);
  if (counter == kCounters.end()) {
    return base::fail(concat("hapair's tables don't count ", bare,
                             ": they have rates over a time and what is under way; limit a rate "
                             "(`rate_over`, `rate_limit`)"));
  }
  std::string window;
  if (counter->hapair != "active") {
    const auto stored = known->second.windows.find(bare);
    if (stored == known->second.windows.end() || stored->second.empty()) {
      return base::fail(concat("the stick-table of ", base::printable(table, 64), " stores no ",
                               bare, ", so it is always 0"));
    }
    window = stored->second;
  }
  if (of_backend) {
    for (const Proxy& each : model_.proxies) {
      if (!each.frontend.empty() && each.section->name == table) of_backend = false;
    }
  }
  Counted out{.table = table, .key = std::string(counter->hapair), .window = window};
  out.of_backend = of_backend;
  const bool conflicts = std::ranges::any_of(tracks_, [&](const Track& each) {
    return each.table == table && each.by != by && each.problem.empty();
  });
  if (conflicts) {
    return base::fail(concat("the stick-table of ", base::printable(table, 64),
                             " knows clients by several things; hapair's tables by one each"));
  }
  return out;
}

JsonTree& TableBook::table_tree(const Counted& what) {
  const Table& from = tables_.find(what.table)->second;
  JsonTree& tables = model_.context.draft.config["tables"];
  const auto [name, fresh] = used_.emplace(what.table, config_name(what.table));
  JsonTree& table = tables[name->second];
  if (fresh) {
    for (const std::string& line : from.line->above) table.comment(line);
  }
  if (fresh && from.size > 0) table["size"] = std::min(from.size, kMostEntries);
  if (fresh && from.type == "ipv6") table["ipv6_prefix"] = 128;
  for (Track& track : tracks_) {
    if (track.table != what.table || !track.problem.empty()) continue;
    if (track.by != "source") table["by"] = track.by;
    if (track.proxy->frontend.empty()) continue;
    JsonTree& frontend = model_.tree_of_frontend(*track.proxy);
    if (!frontend.contains("count_in")) frontend["count_in"] = JsonTree::list();
    JsonTree& list = frontend["count_in"];
    const auto same = [&](const JsonTree& each) { return *each.text() == name->second; };
    if (std::ranges::none_of(list.items(), same)) list.add(name->second);
    track.is_used = true;
  }
  return table;
}

base::Result<Formula> TableBook::over(const Counted& what, const std::vector<Range>& ranges) {
  if (what.of_backend) {
    return base::fail(
        "a backend counts, and hapair's tables count the clients of frontends; give the backend a "
        "`rate_limit`");
  }
  const bool bytes = what.key.starts_with("bytes");
  const std::int64_t most = bytes ? kMostBytes : kMostCount;
  JsonTree& table = table_tree(what);
  if (what.key == "active") {
    table[what.key] = true;
  } else {
    table[what.key] = what.window;
  }
  const std::string name = used_.find(what.table)->second;
  const auto more_than = [&](std::int64_t number) -> base::Result<Formula> {
    if (number < 0) return always();
    if (number == 0 && (what.key == "requests" || what.key == "active")) return always();
    if (number == 0 || number > most) {
      return base::fail(concat("hapair asks whether a client has more than 1 to ", most,
                               "; write such a number"));
    }
    JsonTree rate;
    rate["table"] = name;
    if (bytes) {
      rate[what.key] = size_text(number);
    } else {
      rate[what.key] = number;
    }
    return key("rate_over", std::move(rate));
  };
  std::vector<Formula> alternatives;
  for (const Range& range : ranges) {
    Formula low = always();
    Formula high = always();
    if (range.low > 0) {
      auto from = more_than(range.low - 1);
      if (!from) return std::unexpected(from.error());
      low = *std::move(from);
    }
    if (range.high < kMostBytes) {
      auto to = more_than(range.high);
      if (!to) return std::unexpected(to.error());
      high = negation(*std::move(to));
    }
    alternatives.push_back(all(std::move(low), std::move(high)));
  }
  return any(std::move(alternatives));
}

void TableBook::account() {
  for (const Track& each : tracks_) {
    if (!each.problem.empty()) {
      marks_.not_supported(each.at, concat(each.problem, "; count them in a table by those"));
    } else if (each.is_used && is_used(each.table)) {
      marks_.changed(each.at, each.by.starts_with("header:") || each.by.starts_with("cookie:")
                                  ? "is `count_in`; who is without it counts by its address"
                                  : "is the `count_in` of the frontend");
    } else if (each.is_used) {
      marks_.changed(each.at, "is part of a limit");
    } else {
      marks_.not_needed(each.at, "no rule that was translated looks at what it counts");
    }
  }
  for (const auto& [name, table] : tables_) {
    if (is_used(name)) {
      marks_.kept(table.line->at);
    } else if (std::ranges::any_of(tracks_, [&name](const Track& each) {
                 return each.table == name && each.is_used;
               })) {
      marks_.changed(table.line->at, "is part of a limit");
    } else if (table.proxy->setting({"stick"}) == nullptr) {
      marks_.not_needed(table.line->at, "no rule that was translated looks at it");
    }
  }
}

}  // namespace hapair::importing::haproxy
