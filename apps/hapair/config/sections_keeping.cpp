#include "apps/hapair/config/sections_keeping.hpp"

#include <chrono>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_keeping.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr base::Duration kTenYears = 24h * 3650;
constexpr NumberRule kTableSize{1, 10'000'000, ""};
constexpr NumberRule kUpToMillion{1, 1'000'000, ""};
constexpr SizeRule kUpTo4GiB{0, (1ULL << 32) - 1};
constexpr DurationRule kWindow{1s, 24h};

void describe_cookie(Shape& shape, Cookie& cookie) {
  shape.text({"name", "The name of the cookie.", kMandatory}, rules::kCookieName, cookie.name);
  shape.choice(
      {"mode",
       "As in HAProxy: \"insert\": a cookie of ours; \"prefix\": the server's own, with "
       "SERVER~ before its value; \"rewrite\": the server's own, whose value is replaced."},
      {"insert", "prefix", "rewrite"},
      {CookieMode::kInsert, CookieMode::kPrefix, CookieMode::kRewrite}, cookie.mode);
  shape.flag({"signed",
              "Cookies that no node has made are ignored; only where there is a "
              "cluster.secret_file."},
             cookie.is_signed);
  shape.duration({"max_idle", "A client that was away so long is balanced anew; 0: any time."},
                 DurationRule{0s, kTenYears}, cookie.max_idle);
  shape.duration({"max_life", "A client is balanced anew after so long; 0: never."},
                 DurationRule{0s, kTenYears}, cookie.max_life);
  shape.flag({"indirect", "Servers don't see the cookie (mode insert)."}, cookie.indirect);
  shape.flag({"nocache", "Answers that set it say Cache-Control: private."}, cookie.no_cache);
  shape.flag({"http_only", "No script of a page gets it."}, cookie.http_only);
  shape.choice({"secure", "Sent over TLS only: \"auto\": where it was set over TLS."},
               {"auto", "always", "never"},
               {SecureCookie::kAuto, SecureCookie::kAlways, SecureCookie::kNever}, cookie.secure);
  shape.choice({"same_site", "Its SameSite; \"unsaid\": what browsers take for granted."},
               {"unsaid", "Lax", "Strict", "None"},
               {SameSite::kUnsaid, SameSite::kLax, SameSite::kStrict, SameSite::kNone},
               cookie.same_site);
  shape.text({"domain", "Its Domain; the host alone by default."}, rules::kCookieDomain,
             cookie.domain);
  shape.text({"path", "Its Path."}, rules::kCookiePath, cookie.path);
  // What a server's own cookie is like, the server says.
  for (const std::string_view mode : {"prefix", "rewrite"}) {
    shape.excludes("mode", mode,
                   {"indirect", "http_only", "secure", "same_site", "domain", "path"});
  }
}

void describe_ipv6_prefix(Shape& shape, ClientKeySource& source) {
  shape.number({"ipv6_prefix", "An IPv6 client is a network of so many bits."},
               NumberRule{16, 128, ""}, source.ipv6_prefix);
}

void describe_by(Shape& shape, std::string& into) {
  shape.text({"by",
              "What clients are told by: \"source\" (their address), \"header:NAME\" or "
              "\"cookie:NAME\"; requests without it by their address."},
             rules::kRateBy, into);
}

void describe_size(Shape& shape, std::uint32_t& into) {
  shape.number({"size",
                "So many clients are known at once; the one that was away longest makes "
                "room."},
               kTableSize, into);
}

void describe_stick(Shape& shape, StickDraft& draft) {
  shape.text({"on",
              "What clients are told by: \"source\" (their address), \"header:NAME\" or "
              "\"cookie:NAME\" of requests, which may be one that servers set, or \"sni\" (mode "
              "tcp).",
              kMandatory},
             rules::kStickOn, draft.on);
  describe_size(shape, draft.stick.size);
  shape.duration({"expire", "A client that was away so long is forgotten."},
                 DurationRule{1s, kTenYears}, draft.stick.expire);
  describe_ipv6_prefix(shape, draft.stick.on);
}

}  // namespace

void describe_keeping(Shape& backend, BackendDraft& draft) {
  backend.object(
      {"cookie",
       "Clients are kept on their servers by a cookie that names the server (mode http)."},
      [&](Shape& shape) { describe_cookie(shape, draft.cookie.emplace()); });
  backend.object(
      {"stick", "Clients are kept on their servers by a table in memory, each node's own."},
      [&](Shape& shape) { describe_stick(shape, draft.stick.emplace()); });
}

void describe_server_cookie(Shape& server, ServerDraft& draft) {
  server.text({"cookie",
               "What stands for it in the backend's cookie; by default what derives from the "
               "secret and its name, and tells nothing."},
              rules::kCookieValue, draft.cookie);
}

void describe_rate_limits(Shape& shape, bool frontend, std::vector<RateLimitDraft>& into) {
  shape.object_or_list(
      {"rate_limit",
       "How much each client may, or a list of that: one request too many is answered with 429 "
       "and Retry-After, one connection too many is closed."},
      CountRule{1, 8}, [&](Shape& limit) {
        RateLimitDraft& draft = into.emplace_back();
        draft.path = limit.path();
        std::vector<Variant> variants{{"requests", {"per"}}, {"connections", {"per"}}};
        if (frontend) {
          for (const std::string_view key : {"errors", "failures", "bytes_in", "bytes_out"}) {
            variants.push_back({key, {"per"}});
          }
        }
        limit.one_of(variants);
        limit.number({"requests", "So many requests of a client (mode http)."}, kUpToMillion,
                     draft.amount.requests);
        limit.number({"connections", "So many connections of an address."}, kUpToMillion,
                     draft.amount.connections);
        if (frontend) {
          limit.number({"errors",
                        "So many answers of 400 to 499 (mode http): then requests are "
                        "refused."},
                       kUpToMillion, draft.amount.errors);
          limit.number({"failures", "So many answers of 500 to 599, likewise."}, kUpToMillion,
                       draft.amount.failures);
          limit.size({"bytes_in", "Bytes of requests, likewise."}, kUpTo4GiB,
                     draft.amount.bytes_in);
          limit.size({"bytes_out", "Bytes of answers, likewise."}, kUpTo4GiB,
                     draft.amount.bytes_out);
        }
        limit.duration({"per", "In so long, at any time."}, kWindow, draft.limit.per);
        describe_by(limit, draft.by);
        describe_size(limit, draft.limit.size);
        describe_ipv6_prefix(limit, draft.limit.by);
      });
}

void describe_tables(Shape& root, Draft& draft) {
  root.map(
      {"tables",
       "What is counted of clients, for rules to look at, by name: of each kind in so long, "
       "at any time."},
      CountRule{0, 64}, [&](const std::string& name, Shape& shape) {
        TableDraft& table = draft.tables.emplace_back();
        table.name = name;
        describe_by(shape, table.by);
        shape.duration({"requests", "Requests (mode http)."}, kWindow, table.requests);
        shape.duration({"connections", "Connections of an address."}, kWindow, table.connections);
        shape.duration({"errors", "Answers of 400 to 499, but for 429 (mode http)."}, kWindow,
                       table.errors);
        shape.duration({"failures", "Answers of 500 to 599 (mode http)."}, kWindow, table.failures);
        shape.duration({"bytes_in", "Bytes of requests; in mode tcp of connections."}, kWindow,
                       table.bytes_in);
        shape.duration({"bytes_out", "Bytes of answers, likewise."}, kWindow, table.bytes_out);
        shape.flag({"active", "Requests under way; in mode tcp connections."}, table.table.active);
        describe_size(shape, table.table.size);
        describe_ipv6_prefix(shape, table.table.by);
      });
}

void describe_count_in(Shape& frontend, FrontendDraft& draft) {
  frontend.texts({"count_in", "The names of the tables that its clients are counted in."},
                 CountRule{1, 8}, rules::kName, draft.count_in);
}

void describe_rate_over(Shape& match, MatchDraft& draft) {
  match.object({"rate_over", "A table counts more of the client than that."}, [&](Shape& over) {
    RateOverDraft& into = draft.rate_over.emplace();
    over.text({"table", "The table.", kMandatory}, rules::kName, into.table);
    over.one_of({{"requests", {}},
                 {"connections", {}},
                 {"errors", {}},
                 {"failures", {}},
                 {"bytes_in", {}},
                 {"bytes_out", {}},
                 {"active", {}}});
    over.number({"requests", "More than so many requests."}, kUpToMillion, into.amount.requests);
    over.number({"connections", "More than so many connections."}, kUpToMillion,
                into.amount.connections);
    over.number({"errors", "More than so many answers of 400 to 499."}, kUpToMillion,
                into.amount.errors);
    over.number({"failures", "More than so many answers of 500 to 599."}, kUpToMillion,
                into.amount.failures);
    over.size({"bytes_in", "More than so many bytes of requests."}, kUpTo4GiB,
              into.amount.bytes_in);
    over.size({"bytes_out", "More than so many bytes of answers."}, kUpTo4GiB,
              into.amount.bytes_out);
    over.number({"active", "More than so many under way, this one included."}, kUpToMillion,
                into.amount.active);
  });
}

}  // namespace hapair::config
