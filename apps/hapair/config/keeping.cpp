#include "apps/hapair/config/keeping.hpp"

#include "apps/hapair/config/rules_keeping.hpp"

namespace hapair::config {
namespace {

ClientKeySource key_source(const std::string& text, std::uint8_t ipv6_prefix) {
  ClientKeySource source = rules::parse_client_key(text);
  source.ipv6_prefix = ipv6_prefix;
  return source;
}

}  // namespace

std::optional<Cookie> build_cookie(const std::optional<Cookie>& from, bool has_secret) {
  if (!from) return std::nullopt;
  Cookie cookie = *from;
  cookie.is_signed = cookie.is_signed && has_secret;
  return cookie;
}

std::optional<Stick> build_stick(const std::optional<StickDraft>& from) {
  if (!from) return std::nullopt;
  Stick stick = from->stick;
  stick.on = key_source(from->on, stick.on.ipv6_prefix);
  return stick;
}

std::pair<RateOf, std::uint64_t> amount_of(const AmountDraft& from) {
  if (from.connections) return {RateOf::kConnections, *from.connections};
  if (from.errors) return {RateOf::kErrors, *from.errors};
  if (from.failures) return {RateOf::kFailures, *from.failures};
  if (from.active) return {RateOf::kActive, *from.active};
  if (from.bytes_in > 0) return {RateOf::kBytesIn, from.bytes_in};
  if (from.bytes_out > 0) return {RateOf::kBytesOut, from.bytes_out};
  return {RateOf::kRequests, from.requests.value_or(0)};
}

std::vector<RateLimit> build_rate_limits(const std::vector<RateLimitDraft>& from) {
  std::vector<RateLimit> limits;
  for (const RateLimitDraft& draft : from) {
    RateLimit& limit = limits.emplace_back(draft.limit);
    const auto [of, amount] = amount_of(draft.amount);
    limit.of = of;
    limit.limit = static_cast<std::uint32_t>(amount);
    limit.by = key_source(draft.by, limit.by.ipv6_prefix);
  }
  return limits;
}

void build_limits(const Draft& draft, const FrontendDraft& from, Frontend& frontend) {
  frontend.rate_limits = build_rate_limits(from.rate_limits);
  for (const ListedText& name : from.count_in) {
    frontend.count_in.push_back(table_index(draft, name.text));
  }
}

std::vector<Table> build_tables(const std::vector<TableDraft>& from) {
  std::vector<Table> tables;
  for (const TableDraft& draft : from) {
    Table& table = tables.emplace_back(draft.table);
    table.name = draft.name;
    table.by = key_source(draft.by, table.by.ipv6_prefix);
    const auto add = [&table](RateOf of, const std::optional<base::Duration>& per) {
      if (per) table.counters.push_back({of, *per});
    };
    add(RateOf::kRequests, draft.requests);
    add(RateOf::kConnections, draft.connections);
    add(RateOf::kErrors, draft.errors);
    add(RateOf::kFailures, draft.failures);
    add(RateOf::kBytesIn, draft.bytes_in);
    add(RateOf::kBytesOut, draft.bytes_out);
  }
  return tables;
}

}  // namespace hapair::config
