#include "apps/hapair/config/sections.hpp"

#include <chrono>

#include "apps/hapair/config/ranges.hpp"
#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/sections_alerts.hpp"
#include "apps/hapair/config/sections_auth.hpp"
#include "apps/hapair/config/sections_balance.hpp"
#include "apps/hapair/config/sections_checks.hpp"
#include "apps/hapair/config/sections_clients.hpp"
#include "apps/hapair/config/sections_connections.hpp"
#include "apps/hapair/config/sections_health.hpp"
#include "apps/hapair/config/sections_keeping.hpp"
#include "apps/hapair/config/sections_log.hpp"
#include "apps/hapair/config/sections_maps.hpp"
#include "apps/hapair/config/sections_names.hpp"
#include "apps/hapair/config/sections_notify.hpp"
#include "apps/hapair/config/sections_pages.hpp"
#include "apps/hapair/config/sections_request_rules.hpp"
#include "apps/hapair/config/sections_requests.hpp"
#include "apps/hapair/config/sections_services.hpp"
#include "apps/hapair/config/sections_targets.hpp"
#include "apps/hapair/config/sections_tls.hpp"
#include "apps/hapair/config/sections_vips.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr base::Duration kDay = 24h;
constexpr CountRule kUpTo256{0, 256};
constexpr CountRule kOneTo1024{1, 1024};
constexpr SizeRule kHeadSize{256, 16384};
constexpr SizeRule kMemory{0, 1ULL << 40};
constexpr DurationRule kUpToHour{0s, 1h};
constexpr DurationRule kIdleTimeout{1ms, kDay};

void describe_network(Shape& shape, Attachment& network) {
  shape.text({"interface", "The network interface.", kMandatory}, rules::kInterface,
             network.interface);
  shape.parsed({"address", "The node's IPv4 address there: adverts leave from it."},
               rules::kIpv4Address, network.address);
  shape.parsed({"address6", "The node's IPv6 address there, for unicast adverts over IPv6."},
               rules::kIpv6Address, network.address6);
}

void describe_node(Shape& shape, NodeDraft& node) {
  shape.parsed({"address",
                "The node's own IPv4 or IPv6 address: adverts leave from it, and a host that has "
                "it on an interface knows that it is this node.",
                kMandatory},
               rules::kNodeAddress, node.address);
  shape.parsed({"address6", "Its IPv6 address beside an IPv4 one, for unicast adverts over IPv6."},
               rules::kIpv6Address, node.address6);
  shape.text({"interface", "The network interface that carries the VIPs.", kMandatory},
             rules::kInterface, node.interface);
  shape.map({"networks", "Where the node is on further networks, by name, for VIPs there."},
            kUpTo16, [&](const std::string& name, Shape& network) {
              node.networks.push_back({});
              node.networks.back().name = name;
              describe_network(network, node.networks.back().attachment);
            });
  shape.number({"priority",
                "VRRP priority; the highest becomes master. Give it for every node or for none: "
                "without, it derives from the order in the file (254, 253, ...)."},
               kPriority, node.priority);
}

void describe_hello(Shape& shape, Hello& hello) {
  shape.number({"port", "The UDP port, on all nodes."}, NumberRule{1024, 65535, ""}, hello.port);
  shape.duration({"interval",
                  "Time between two; a change is told at once. After three without a word a node "
                  "counts as silent."},
                 DurationRule{100ms, 1min}, hello.interval);
}

void describe_cluster(Shape& shape, Draft& draft) {
  shape.text({"name", "The name of the cluster, for logs and status."}, rules::kName,
             draft.cluster.name);
  shape.text({"secret_file",
              "A file of at least 16 bytes, readable by root only and the same on all nodes, from "
              "which passwords and keys are derived."},
             rules::kAbsolutePath, draft.cluster.secret_file);
  shape.duration({"startup_delay",
                  "A node that starts listens for other masters at least so long before it takes a "
                  "VIP."},
                 DurationRule{0s, 10min}, draft.cluster.startup_delay);
  shape.flag_or_object({"hello",
                        "The nodes tell each other how they are, signed, by UDP between their "
                        "addresses: where there is a secret_file and more than one node."},
                       draft.cluster.hello.wanted,
                       [&](Shape& hello) { describe_hello(hello, draft.cluster.hello); });
  shape.map({"nodes", "The nodes of the cluster in order of preference.", kMandatory}, kOneTo16,
            [&](const std::string& name, Shape& node) {
              draft.nodes.push_back({});
              draft.nodes.back().name = name;
              describe_node(node, draft.nodes.back());
            });
}

void describe_process(Shape& shape, Process& process) {
  shape.text({"user", "The user that the worker runs as."}, rules::kAccount, process.user);
  shape.text({"group", "The group that the worker runs as, and that may read the control socket."},
             rules::kAccount, process.group);
  shape.text({"write_group",
              "The group that may change things over the control socket; without, only root may."},
             rules::kAccount, process.write_group);
  shape.duration({"heartbeat_limit",
                  "A worker that gives no sign of life for so long counts as dead: the node lets "
                  "go of its VIPs."},
                 DurationRule{50ms, 10s}, process.heartbeat_limit);
  shape.duration(
      {"drain_timeout", "When the node leaves, running requests get so much time to finish."},
      kUpToHour, process.drain_timeout);
  shape.number({"max_connections", "Client connections of all frontends together."}, kConnections,
               process.max_connections);
  shape.number({"max_handshakes",
                "TLS handshakes of clients under way; one more takes the place of the one that has "
                "waited longest for its client."},
               kConnections, process.max_handshakes);
  shape.number({"max_buffers",
                "Buffers of 17 KiB for data in flight, the limit of the memory that traffic takes; "
                "who gets none waits."},
               NumberRule{16, 1'000'000, ""}, process.max_buffers);
  shape.size(
      {"max_memory",
       "Memory of the worker: near it new clients wait, then idle connections are ended, then "
       "caches given back. Not less than 32MiB; 0, the default: three quarters of what its "
       "control group may have, if that has a limit."},
      kMemory, process.max_memory);
  shape.number({"max_accept", "So many connections a bind accepts before others get their turn."},
               NumberRule{1, 1024, ""}, process.max_accept);
}

void describe_bind(Shape& shape, BindDraft& bind) {
  shape.one_of({{"vip", {"port"}}, {"address", {"port"}}, {"node", {"port"}}, {"unix", {}}});
  shape.text({"vip", "Listen on every address of this VIP, while this node is its master."},
             rules::kName, bind.vip);
  shape.text({"address", "Listen on this address; \"*\": all IPv4, \"::\": all IPv6 addresses."},
             rules::kBindAddress, bind.address);
  shape.flag({"node", "true: listen on each node's own address."}, bind.node);
  shape.number({"port", "The TCP port."}, kPort, bind.port);
  shape.text({"unix", "Listen on this Unix socket."}, rules::kUnixPath, bind.unix_path);
  shape.flag_or_object(
      {"accept_proxy",
       "Connections must begin with a header of the PROXY protocol, version 1 or 2, which says "
       "whose they are."},
      bind.accept_proxy, [&](Shape& proxy) {
        proxy.texts({"from", "Only those from these networks; all by default."}, CountRule{1, 64},
                    rules::kNetworkPrefix, bind.proxy_from);
        proxy.duration({"timeout", "For the whole header to come."}, DurationRule{10ms, 1min},
                       bind.proxy_timeout);
      });
  describe_tcp_keep_alive(shape, bind.keeps_alive, bind.keep_alive);
  shape.number({"backlog", "So many connections wait to be accepted; the kernel has a limit."},
               NumberRule{1, 65535, ""}, bind.backlog);
  describe_bind_tls(shape, bind.tls);
  shape.texts(
      {"protocols",
       "The versions of HTTP that clients may speak here (mode http), by their ALPN names; "
       "\"http/1.1\" alone by default. Without TLS a client of h2 begins with its preface."},
      CountRule{1, 2}, rules::kHttpVersion, bind.protocols);
}

void describe_binds(Shape& shape, FrontendDraft& draft) {
  shape.list({"bind", "Where the frontend listens.", kMandatory}, CountRule{1, 64},
             [&](Shape& bind) {
               draft.binds.push_back({});
               draft.binds.back().path = bind.path();
               describe_bind(bind, draft.binds.back());
             });
}

void describe_access_log(Shape& shape, FrontendDraft& draft) {
  shape.choice(
      {"log_format",
       "The form of access lines: HAProxy's, by its names, or JSON objects; the mode's own "
       "by default."},
      {"httplog", "tcplog", "json", "off"},
      {AccessLog::kHttp, AccessLog::kTcp, AccessLog::kJson, AccessLog::kOff}, draft.log_format);
  shape.flag({"log_null",
              "Log connections that end in order without a byte from the client (probes of a "
              "port) as well."},
             draft.frontend.log_null);
  shape.object({"capture", "Header fields that stand in access lines (mode http)."},
               [&](Shape& capture) {
                 constexpr CountRule kUpTo8{0, 8};
                 capture.texts({"request", "Names of fields of the request."}, kUpTo8,
                               rules::kAnyFieldName, draft.capture_request);
                 capture.texts({"response", "Names of fields of the response."}, kUpTo8,
                               rules::kAnyFieldName, draft.capture_response);
                 capture.number({"length", "So many bytes of a value are kept."},
                                NumberRule{1, 256, ""}, draft.frontend.capture.length);
               });
}

void describe_http(Shape& shape, HttpOptions& http) {
  shape.choice({"connection",
                "How long connections live: \"keep-alive\" on both sides; \"server-close\": a "
                "server's connection serves one request; \"close\": a client's too."},
               {"keep-alive", "server-close", "close"},
               {Connection::kKeepAlive, Connection::kServerClose, Connection::kClose},
               http.connection);
  shape.flag({"abort_on_close", "A client that closes gives up a request that no server has yet."},
             http.abort_on_close);
  shape.flag({"upgrade",
              "Offers of other protocols, such as WebSocket, are passed on to the server, which "
              "may switch."},
             http.upgrade);
  shape.flag({"connect", "CONNECT is passed on and may open a tunnel to the server; else 405."},
             http.connect);
  shape.flag({"trace", "TRACE is passed on; else 405."}, http.trace);
  shape.object({"http2", "Clients that speak HTTP/2."}, [&](Shape& http2) {
    http2.number({"max_streams", "Requests of one client at once."}, NumberRule{1, 1000, ""},
                 http.max_streams);
    http2.duration({"ping_interval",
                    "A client with open requests that is silent so long is asked for a sign of "
                    "life, and after twice that is gone; 0: never."},
                   DurationRule{0s, 1h}, http.ping_interval);
  });
}

void describe_frontend(Shape& shape, FrontendDraft& draft) {
  Frontend& frontend = draft.frontend;
  shape.choice({"mode", "\"http\": balance requests; \"tcp\": balance connections."},
               {"http", "tcp"}, {Mode::kHttp, Mode::kTcp}, frontend.mode);
  describe_binds(shape, draft);
  describe_pages(shape, draft);
  shape.text({"default_backend", "The backend that gets the traffic."}, rules::kName,
             draft.default_backend);
  describe_access_log(shape, draft);
  shape.number({"max_connections",
                "Client connections of this frontend; the process's max_connections by default."},
               kConnections, draft.max_connections);
  describe_clients(shape, draft);
  describe_requests(shape, draft);
  describe_rate_limits(shape, true, draft.rate_limits);
  describe_count_in(shape, draft);
  describe_request_rules(shape, RulesOf::kFrontend, draft.rules);
  shape.object({"http", "How requests and their connections are treated."},
               [&](Shape& http) { describe_http(http, frontend.http); });
  shape.object({"timeouts", "How long the frontend waits for clients."}, [&](Shape& timeouts) {
    FrontendTimeouts& into = frontend.timeouts;
    timeouts.duration({"client", "Without a byte from or to the client in this time it is gone."},
                      kIdleTimeout, into.client);
    timeouts.duration({"http_request", "For the whole head of a request, else 408."}, kTimeout,
                      into.http_request);
    timeouts.duration({"http_keep_alive", "For the next request to begin, else close."}, kTimeout,
                      into.http_keep_alive);
    timeouts.duration({"client_fin",
                       "Once the server has finished a tunnel or a tcp connection, the client is "
                       "gone without a byte in this time."},
                      kIdleTimeout, into.client_fin);
  });
  shape.object({"limits", "What is too large for a request."}, [&](Shape& limits) {
    RequestLimits& into = frontend.limits;
    limits.size({"body", "Bytes of a request's body, else 413; 0: no limit."},
                SizeRule{0, 1ULL << 40}, into.body);
    limits.size({"request_line", "Bytes of the request line, else 414."}, kHeadSize,
                into.request_line);
    limits.size({"head", "Bytes of the request line and all fields, else 431."}, kHeadSize,
                into.head);
    limits.number({"fields", "Fields of a request, else 431."}, NumberRule{1, 100, ""},
                  into.fields);
  });
  shape.excludes("mode", "tcp",
                 {"stats", "metrics", "http", "limits", "capture", "pass_client_certificate"});
}

void describe_server_protocols(Shape& shape, std::vector<ListedText>& into) {
  shape.texts({"protocols",
               "The versions of HTTP that are spoken to servers (mode http), by their ALPN names; "
               "\"http/1.1\" alone by default. Under TLS the server chooses where both are named; "
               "without, only one can be, and h2 begins with its preface."},
              CountRule{1, 2}, rules::kHttpVersion, into);
}

void describe_servers_http2(Shape& shape, Backend& backend) {
  shape.object({"http2", "Connections to servers that speak HTTP/2."}, [&](Shape& http2) {
    http2.number({"max_streams", "Requests over one connection at once; the server may want less."},
                 NumberRule{1, 1000, ""}, backend.max_streams);
    http2.duration({"ping_interval",
                    "A server with open requests that is silent so long is asked for a sign of "
                    "life, and after twice that the connection is gone; 0: never."},
                   DurationRule{0s, 1h}, backend.ping_interval);
  });
}

void describe_server(Shape& shape, ServerDraft& server) {
  describe_server_address(shape, server);
  shape.number({"weight", "Its share of the traffic; 0: no new traffic."}, NumberRule{0, 256, ""},
               server.weight);
  shape.number({"max_connections",
                "Requests (mode http) or connections (mode tcp) it gets at once; while all servers "
                "are full, more wait. No limit by default."},
               kConnections, server.max_connections);
  describe_backup(shape, server);
  shape.text({"track",
              "In place of checks of its own it is in the state of this server (BACKEND/SERVER) or "
              "target."},
             rules::kTrackedName, server.track);
  describe_send_proxy(shape, server.send_proxy);
  describe_server_protocols(shape, server.protocols);
  describe_source(shape, server.source);
  describe_server_check(shape, server);
  describe_server_cookie(shape, server);
}

void describe_backend(Shape& shape, BackendDraft& draft) {
  Backend& backend = draft.backend;
  describe_balance(shape, draft);
  shape.flag_or_object(
      {"forwarded_for", "Add a field with the client's address to requests (mode http)."},
      draft.forwarded_for, [&](Shape& forwarded) {
        forwarded.text({"header", "The name of the field."}, rules::kFieldName,
                       draft.forwarded_field);
      });
  describe_traffic_health(shape, draft);
  describe_keeping(shape, draft);
  describe_rate_limits(shape, false, draft.rate_limits);
  shape.number({"retries", "Further attempts for a request after the failures in retry_on."},
               NumberRule{0, 10, ""}, backend.retries);
  shape.texts({"retry_on",
               "The failures after which a request is tried again, as HAProxy names them; only "
               "conn-failure by default. After the others only a request whose method is "
               "idempotent and of whose body nothing was sent yet."},
              kOneTo16, rules::kRetryOn, draft.retry_on);
  describe_send_proxy(shape, backend.send_proxy);
  describe_server_tls(shape, draft);
  describe_error_pages(shape, draft.error_pages);
  describe_check(shape, draft);
  describe_server_protocols(shape, draft.protocols);
  describe_servers_http2(shape, backend);
  describe_agent(shape, draft);
  describe_source(shape, draft.source);
  describe_tcp_keep_alive(shape, draft.keeps_alive, draft.keep_alive);
  shape.flag({"redispatch", "Further attempts go to other servers where there are."},
             backend.redispatch);
  shape.choice({"reuse",
                "Which kept server connections a request may go over (mode http), named as in "
                "HAProxy's http-reuse: \"safe\": over any, but a client's first request that could "
                "not be sent again over a new one."},
               {"never", "safe", "aggressive", "always"},
               {Reuse::kNever, Reuse::kSafe, Reuse::kAggressive, Reuse::kAlways}, backend.reuse);
  shape.number({"max_queue", "So many may wait for a server with room; more are refused."},
               NumberRule{0, 1'000'000, ""}, backend.max_queue);
  shape.object({"timeouts", "How long the backend waits for servers."}, [&](Shape& timeouts) {
    BackendTimeouts& into = backend.timeouts;
    timeouts.duration({"connect", "For a connection to stand."}, kTimeout, into.connect);
    timeouts.duration({"queue", "For a server to have room, else 503; as connect by default."},
                      kTimeout, draft.queue_timeout);
    timeouts.duration({"server", "Without a byte from or to the server in this time it is gone."},
                      kIdleTimeout, into.server);
    timeouts.duration({"tunnel",
                       "Mode tcp, and after a switch to another protocol: without a byte either "
                       "way in this time both sides close."},
                      kIdleTimeout, into.tunnel);
    timeouts.duration({"server_fin",
                       "Once the client has finished a tunnel or a tcp connection, the server is "
                       "gone without a byte in this time."},
                      kIdleTimeout, into.server_fin);
    timeouts.duration({"keep_alive", "An unused connection to a server is kept so long."},
                      kUpToHour, into.keep_alive);
  });
  describe_request_rules(shape, RulesOf::kBackend, draft.rules);
  shape.map({"servers", "The servers, by name.", kMandatory}, kOneTo1024,
            [&](const std::string& name, Shape& server) {
              draft.servers.push_back({});
              draft.servers.back().name = name;
              describe_server(server, draft.servers.back());
            });
}

void describe_sync_groups(Shape& root, Draft& draft) {
  root.map({"sync_groups", "VIPs that are on one node together, by the name of their group."},
           CountRule{0, 64}, [&](const std::string& name, Shape& group) {
             draft.sync_groups.push_back({});
             draft.sync_groups.back().name = name;
             group.texts({"members", "The names of the VIPs.", kMandatory}, CountRule{2, 128},
                         rules::kName, draft.sync_groups.back().members);
             describe_notify(group, "Scripts that are told what the group becomes on this node.",
                             draft.sync_groups.back().notify);
           });
}

}  // namespace

void describe_config(Shape& root, Draft& draft) {
  std::string schema;  // for editors; it means nothing to us
  root.text({"$schema", "Where this file's JSON Schema is, for editors."}, rules::kAnyText, schema);
  root.object({"cluster", "The nodes, of which this host is one.", kMandatory},
              [&](Shape& cluster) { describe_cluster(cluster, draft); });
  root.object({"process", "Accounts, limits and times of the running processes."},
              [&](Shape& process) { describe_process(process, draft.process); });
  root.list({"log", "Where records and access lines go; to stderr at level info by default."},
            kOneTo16, [&](Shape& target) {
              draft.log.push_back({});
              draft.log.back().path = target.path();
              describe_log_target(target, draft.log.back().target);
            });
  root.flag_or_object(
      {"journal", "Keep what was decided and why in a file of JSON lines, one for each node."},
      draft.journal.kept, [&](Shape& journal) {
        journal.text({"directory", "Where the file is: DIRECTORY/journal-NODE.jsonl."},
                     rules::kAbsolutePath, draft.journal.directory);
        journal.size({"max_size", "A file of this size is renamed to FILE.1, and a new one begun."},
                     SizeRule{64ULL << 10, 1ULL << 30}, draft.journal.max_size);
      });
  root.object({"metrics", "What GET /metrics tells besides hapair's own figures."},
              [&](Shape& metrics) { describe_metrics(metrics, draft.metrics); });
  root.map({"vips", "Virtual routers with their floating addresses, by name."}, CountRule{0, 128},
           [&](const std::string& name, Shape& vip) {
             draft.vips.push_back({});
             draft.vips.back().vip.name = name;
             describe_vip(vip, draft.vips.back());
           });
  describe_sync_groups(root, draft);
  root.map({"targets", "What else of the host and its network VIPs can track, by name."},
           CountRule{0, kMaxTargets}, [&](const std::string& name, Shape& target) {
             draft.targets.push_back({});
             draft.targets.back().target.name = name;
             describe_target(target, draft.targets.back());
           });
  describe_matches(root, draft);
  describe_maps(root, draft);
  describe_tables(root, draft);
  describe_user_lists(root, draft);
  root.map({"frontends", "Where clients connect, by name."}, kUpTo256,
           [&](const std::string& name, Shape& frontend) {
             draft.frontends.push_back({});
             draft.frontends.back().frontend.name = name;
             describe_frontend(frontend, draft.frontends.back());
           });
  describe_admin(root, draft, describe_binds);
  root.map({"resolvers",
            "Who is asked for the addresses of servers given by name, and for how long answers "
            "hold, by name; \"default\" is for all that name none."},
           CountRule{0, 16}, [&](const std::string& name, Shape& resolver) {
             draft.resolvers.push_back({});
             draft.resolvers.back().as.name = name;
             describe_resolver(resolver, draft.resolvers.back());
           });
  root.map({"alerts", "Who is told of changes, by name: webhooks, people by mail, and commands."},
           kUpTo16, [&](const std::string& name, Shape& alert) {
             draft.alerts.push_back({});
             draft.alerts.back().path = alert.path();
             draft.alerts.back().as.name = name;
             describe_alert(alert, draft.alerts.back());
           });
  root.map({"backends", "Groups of servers that share the traffic, by name."}, kUpTo256,
           [&](const std::string& name, Shape& backend) {
             draft.backends.push_back({});
             draft.backends.back().backend.name = name;
             describe_backend(backend, draft.backends.back());
           });
}

}  // namespace hapair::config
