// `timeout ...` of proxies. HAProxy waits for ever where nothing is said, and lets some times stand
// in for others (configuration.txt, 4.2 "timeout ..."); hapair's are all finite.
#include "apps/hapair/import/haproxy/translation.hpp"
#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::int64_t kMillisecond = 1000;
constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kHour = 3600 * kSecond;
constexpr std::int64_t kDay = 24 * kHour;

/// A time of a proxy: by its word, or by the one that it had before version 2.1.
std::optional<std::int64_t> find_time(Translation& all, const Proxy& proxy, std::string_view word,
                                      std::int64_t highest, std::string_view old = {}) {
  const Line* const line = proxy.setting({"timeout", word});
  if (line != nullptr) return all.time_of(line, 2, kMillisecond, highest);
  if (old.empty()) return std::nullopt;
  const Line* const before = proxy.setting({old});
  if (before == nullptr) return std::nullopt;
  all.report.changed(before->at, concat("HAProxy knows it no more; it is as `timeout ", word, "`"));
  return all.time_of(before, 1, kMillisecond, highest);
}

/// Sets it where it differs from what hapair has by default.
void set(JsonTree& tree, std::string_view key, std::optional<std::int64_t> time,
         std::int64_t standard) {
  if (time && *time != standard) tree["timeouts"][key] = duration_text(*time);
}

void say_endless(Translation& all, const Proxy& proxy, std::string_view word,
                 std::string_view instead) {
  all.report.changed(
      proxy.section->head.at,
      concat("no `timeout ", word, "` counts for it, so HAProxy would wait for ever; hapair waits ",
             instead));
}

std::optional<std::int64_t> at_most(std::optional<std::int64_t> time, std::int64_t highest) {
  if (time && *time > highest) return highest;
  return time;
}

void frontend_times(Translation& all, const Proxy& proxy) {
  JsonTree& tree = all.frontend(proxy);
  const auto client = find_time(all, proxy, "client", kDay, "clitimeout");
  if (!client) say_endless(all, proxy, "client", "50s");
  set(tree, "client", client, 50 * kSecond);
  const auto fin = find_time(all, proxy, "client-fin", kDay);
  if (proxy.mode == Mode::kTcp) {
    set(tree, "client_fin", fin ? fin : client, 30 * kSecond);
    return;
  }
  // What http-keep-alive and http-request leave unsaid the other or `client` says.
  const auto request = find_time(all, proxy, "http-request", kHour);
  const auto kept = find_time(all, proxy, "http-keep-alive", kHour);
  set(tree, "http_request", request ? request : at_most(client, kHour), 10 * kSecond);
  set(tree, "http_keep_alive",
      kept      ? kept
      : request ? request
                : at_most(client, kHour),
      60 * kSecond);
  set(tree, "client_fin", fin, 30 * kSecond);
}

void backend_times(Translation& all, const Proxy& proxy) {
  JsonTree& tree = all.backend(proxy);
  const auto connect = find_time(all, proxy, "connect", kHour, "contimeout");
  if (!connect) say_endless(all, proxy, "connect", "5s");
  set(tree, "connect", connect, 5 * kSecond);
  const auto queue = find_time(all, proxy, "queue", kHour);
  set(tree, "queue", queue, connect.value_or(5 * kSecond));
  const auto server = find_time(all, proxy, "server", kDay, "srvtimeout");
  if (!server) say_endless(all, proxy, "server", "50s");
  set(tree, "server", server, 50 * kSecond);
  const auto tunnel = find_time(all, proxy, "tunnel", kDay);
  const auto fin = find_time(all, proxy, "server-fin", kDay);
  // Without a time of their own, tunnels and connections of mode tcp end by those of both sides.
  set(tree, "tunnel", tunnel ? tunnel : server, kHour);
  set(tree, "server_fin",
      fin                        ? fin
      : proxy.mode == Mode::kTcp ? server
                                 : std::nullopt,
      30 * kSecond);
}

}  // namespace

void translate_timeouts(Translation& all, const Proxy& proxy) {
  if (!proxy.frontend.empty()) frontend_times(all, proxy);
  if (!proxy.backend.empty()) backend_times(all, proxy);
}

}  // namespace hapair::importing::haproxy
