// The table of endpoints: a line here and a handler (handlers.hpp) make one more.
#include "apps/hapair/control/endpoint.hpp"
#include "apps/hapair/control/handlers.hpp"

namespace hapair::control {
namespace {

using enum http::Method;

constexpr Endpoint kEndpoints[] = {
    {kGet, "/", "this list", &show_index},
    {kGet, "/v1/status", "the whole state of this node", &show_status},
    {kGet, "/v1/health", "every checked target with its state and the reason", &show_health},
    {kGet, "/v1/version", "which hapair answers", &show_version},
    {kGet, "/v1/explain", "why this node is what it is, in sentences", &explain_vips},
    {kGet, "/v1/explain/{vip}", "the same for one VIP", &explain_vips},
    {kGet, "/v1/why-not", "what keeps this node from being master", &why_not_vips},
    {kGet, "/v1/why-not/{vip}", "the same for one VIP", &why_not_vips},
    {kGet, "/v1/events", "what was decided and why", &show_events},
    {kGet, "/v1/events/follow", "the same as JSON lines, and on and on as it comes",
     &follow_events},
    {kGet, "/v1/events/follow/{number}", "likewise, what came after that", &follow_events},
    {kGet, "/v1/events/{number}", "what was decided after that, and why", &show_events},
    {kGet, "/v1/errors", "the last malformed request of each frontend and response of each backend",
     &show_errors},
    {kGet, "/v1/latency", "how long requests take, by frontend and backend, as distributions",
     &show_latency},
    {kGet, "/v1/http2", "what clients did that speak HTTP/2, by frontend", &show_http2},
    {kGet, "/v1/tables", "clients that are kept on their servers, or limited in what they may",
     &show_tables},
    {kPut, "/v1/tables/{table}/{client}",
     R"(sets what a table knows of a client: {"server": NAME}, or counters as {"requests": 5})",
     &set_client},
    {kDelete, "/v1/tables/{table}/{client}", "a table forgets a client", &clear_table},
    {kDelete, "/v1/tables/{table}", "a table forgets all clients", &clear_table},
    {kGet, "/metrics", "everything that is counted, as Prometheus reads it", &show_metrics},
    {kGet, "/healthz", "200 from whoever is alive", &show_health_sign},
    {kGet, "/readyz", "200 where this node could serve, else 503 with the reasons",
     &show_readiness},
    {kGet, "/v1/loop", "how the event loop keeps time, and what memory and descriptors are used",
     &show_loop},
    {kGet, "/v1/certificates", "the certificates that are served", &show_certificates},
    {kGet, "/v1/stats.csv", "counters in HAProxy's columns", &show_stats_csv},
    {kGet, "/v1/info", "what HAProxy's 'show info' tells, by its names", &show_info},
    {kGet, "/v1/config",
     "the configuration that runs; for anybody but root without what is secret in it",
     &show_config},
    {kGet, "/v1/config/check", "what became of the last check of the file", &show_check},
    {kPost, "/v1/config/check",
     "reads and compares the file as a reload would, and changes nothing; GET tells what comes of "
     "it",
     &check_config},
    {kGet, "/v1/drift", "what was changed at run time and is otherwise in the file", &show_drift},
    {kGet, "/v1/reload", "what became of the last reload: what has changed, or every fault",
     &show_reload},
    {kPost, "/v1/reload", "has the configuration read anew; GET tells what comes of it", &reload},
    {kGet, "/v1/log", "where records and access lines go, and how much of them", &show_log},
    {kPost, "/v1/log",
     R"(has a log target write more or less ({"target": 0, "level": "debug"}), or stop )"
     R"(({"target": 0, "enabled": false}), for a while)",
     &change_log},
    {kPost, "/v1/maintenance",
     R"(takes this node out of the election ({"maintenance": "on"}) or back in ("off"))",
     &set_maintenance},
    {kGet, "/v1/vips", "the VIPs, as in the status", &show_vips},
    {kPost, "/v1/vips/{vip}/announce",
     "tells the network again where the addresses of a VIP are, if this node is master",
     &announce_vip},
    {kPost, "/v1/vips/{vip}/maintenance", "the same for one VIP", &set_maintenance},
    {kPost, "/v1/step-down",
     R"(gives the VIPs to a peer, after running requests ({"step_down": "drain"}) or )"
     R"(at once ("now"))",
     &step_down},
    {kPost, "/v1/vips/{vip}/step-down", "the same for one VIP", &step_down},
    {kGet, "/v1/drill", "how the drill goes that this node leads, or what came of the last one",
     &show_drill},
    {kPost, "/v1/drill",
     R"(gives every VIP to the peer, takes it back and measures that: {"drill": "begin"})",
     &begin_drill},
    {kPost, "/v1/vips/{vip}/drill", "the same for one VIP", &begin_drill},
    {kGet, "/v1/upgrade", "what became of the last order to upgrade", &show_upgrade},
    {kPost, "/v1/upgrade",
     "the program that is on disk now takes this one's place; GET tells what became of it",
     &upgrade},
    {kGet, "/v1/backends", "the backends with their servers, as in the status", &show_backends},
    {kGet, "/v1/servers", "all servers, with their figures and how they are", &show_servers},
    {kGet, "/v1/servers/{backend}", "those of one backend", &show_servers},
    {kGet, "/v1/servers/{backend}/{server}", "one of them", &show_server},
    {kPut, "/v1/servers/{backend}/{server}",
     R"(adds a server until the next reload: {"address": "192.0.2.1:80", "weight": 30})",
     &add_server},
    {kDelete, "/v1/servers/{backend}/{server}",
     "removes a server until the next reload; what it has goes on to its end", &remove_server},
    {kPost, "/v1/servers/{backend}/{server}/weight",
     R"(sets a server's weight until the next reload: {"weight": 30}, or "50%" of the file's)",
     &set_server_weight},
    {kPost, "/v1/servers/{backend}/{server}/state",
     R"(takes a server out ({"state": "maintenance"}, "drain", "force-down"), keeps it in )"
     R"(("force-up"), or leaves it to its checks again ("ready"))",
     &set_server_state},
};

}  // namespace

std::span<const Endpoint> endpoints() { return kEndpoints; }

}  // namespace hapair::control
