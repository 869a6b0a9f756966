#include "apps/hapair/config/sections_keeping.hpp"

#include <chrono>

#include "apps/hapair/config/rules_keeping.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr bool kRequired = true;
constexpr base::Duration kTenYears = 24h * 3650;
constexpr NumberRule kTableSize{1, 10'000'000, ""};
constexpr NumberRule kUpToMillion{1, 1'000'000, ""};
constexpr SizeRule kUpTo4GiB{0, (1ULL << 32) - 1};

void describe_cookie(Shape& shape, Cookie& cookie) {
  shape.text({"name", "The name of the cookie.", kRequired}, rules::kCookieName, cookie.name);
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

void describe_stick(Shape& shape, StickDraft& draft) {
  shape.text({"on",
              "What clients are told by: \"source\" (their address), \"header:NAME\" or "
              "\"cookie:NAME\" of requests, which may be one that servers set, or \"sni\" (mode "
              "tcp).",
              kRequired},
             rules::kStickOn, draft.on);
  shape.number({"size",
                "So many clients are known at once; the one that was away longest makes "
                "room."},
               kTableSize, draft.stick.size);
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

void describe_rate_limit(Shape& shape, bool frontend, std::optional<RateLimitDraft>& into) {
  shape.object(
      {"rate_limit",
       "How much each client may: one request too many is answered with 429 and Retry-After, one "
       "connection too many is closed."},
      [&](Shape& limit) {
        RateLimitDraft& draft = into.emplace();
        std::vector<Variant> variants{{"requests", {"per"}}, {"connections", {"per"}}};
        if (frontend) {
          for (const std::string_view key : {"errors", "bytes_in", "bytes_out"}) {
            variants.push_back({key, {"per"}});
          }
        }
        limit.one_of(variants);
        limit.number({"requests", "So many requests of a client (mode http)."}, kUpToMillion,
                     draft.requests);
        limit.number({"connections", "So many connections of an address."}, kUpToMillion,
                     draft.connections);
        if (frontend) {
          limit.number({"errors",
                        "So many answers of 400 to 499 (mode http): then requests are "
                        "refused."},
                       kUpToMillion, draft.errors);
          limit.size({"bytes_in", "Bytes of requests, likewise."}, kUpTo4GiB, draft.bytes_in);
          limit.size({"bytes_out", "Bytes of answers, likewise."}, kUpTo4GiB, draft.bytes_out);
        }
        limit.duration({"per", "In so long, at any time."}, DurationRule{1s, 24h}, draft.limit.per);
        limit.text({"by",
                    "What clients are told by: \"source\" (their address), \"header:NAME\" or "
                    "\"cookie:NAME\"; requests without it by their address."},
                   rules::kRateBy, draft.by);
        limit.number({"size",
                      "So many clients are known at once; the one that was away longest "
                      "makes room."},
                     kTableSize, draft.limit.size);
        describe_ipv6_prefix(limit, draft.limit.by);
      });
}

}  // namespace hapair::config
