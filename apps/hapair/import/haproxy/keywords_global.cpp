// Keywords of `global`, and of the sections that are no proxies.
#include <array>

#include "apps/hapair/import/haproxy/keyword_table.hpp"

namespace hapair::importing::haproxy {
namespace {

constexpr auto kKept = Fate::kKept;
constexpr auto kChanged = Fate::kChanged;
constexpr auto kNotNeeded = Fate::kNotNeeded;
constexpr auto kNotSupported = Fate::kNotSupported;

constexpr std::string_view kGlobal = "global";
constexpr std::string_view kOneLoop =
    "hapair serves all traffic on one event loop: there are no threads or processes to divide it "
    "among";
constexpr std::string_view kTuned =
    "hapair sizes its buffers and queues itself; `process.max_buffers` and "
    "`process.max_connections` "
    "are its bounds";
constexpr std::string_view kPoller = "hapair always uses epoll and splices where it can";
constexpr std::string_view kNoLua =
    "hapair runs no Lua: say it with `rules`; where a Lua script asks who may, use `forward_auth`";
constexpr std::string_view kPackaged =
    "the package's service runs hapair in the background, under an account of its own, with the "
    "rights of each process cut down";

constexpr std::array kSections = {
    Keyword{"global", "file", kChanged, "becomes `process` and `log`"},
    Keyword{"defaults", "file", kChanged,
            "what it says stands in each frontend and backend that it counts for; named ones are "
            "followed by `from`"},
    Keyword{"frontend", "file", kKept, "becomes one of `frontends`"},
    Keyword{
        "backend", "file", kKept,
        "becomes one of `backends`; one without servers that holds a stick table becomes one of "
        "`tables`"},
    Keyword{"listen", "file", kChanged,
            "becomes one of `frontends` and one of `backends` by the same name; only one of both "
            "where it has no servers, or listens nowhere"},
    Keyword{"userlist", "file", kChanged,
            "becomes one of `users`, in a file that only root can read"},
    Keyword{"peers", "file", kChanged,
            "the nodes of a cluster know each other by `cluster.nodes`. Cookies and hashes lead to "
            "the same server on every node; what stick tables hold each node knows for itself"},
    Keyword{"resolvers", "file", kKept, "becomes one of `resolvers`"},
    Keyword{"mailers", "file", kChanged, "becomes the `relay` of one of `alerts`"},
    Keyword{"cache", "file", kNotSupported,
            "hapair keeps no answers: put a cache, such as Varnish or nginx, before the servers"},
    Keyword{"http-errors", "file", kChanged, "its files become `error_pages`"},
    Keyword{"program", "file", kNotSupported,
            "hapair starts no other programs: make it a service of systemd"},
    Keyword{"ring", "file", kNotSupported,
            "hapair holds log lines back by itself when a target is slow: name the server as a "
            "target of `log`, by UDP or as a Unix socket"},
    Keyword{"log-forward", "file", kNotSupported,
            "hapair forwards no logs of others: rsyslog and syslog-ng do"},
    Keyword{"log-profile", "file", kNotSupported, "write `log_format` `json` and choose from it"},
    Keyword{"fcgi-app", "file", kNotSupported,
            "hapair speaks HTTP to its servers: put nginx before the FastCGI application"},
    Keyword{"crt-store", "file", kChanged,
            "its certificates and keys stand where they are used, in `tls.certificates`"},
    Keyword{"traces", "file", kNotNeeded, "`hapair errors` shows what was not understood"},
    Keyword{"acme", "file", kNotSupported,
            "let certbot or acme.sh renew certificates: hapair takes renewed files by itself"},
    Keyword{"healthcheck", "file", kNotSupported, "write the `check` into each backend"},
    Keyword{".if", "file", kChanged,
            "it is decided once, for the version of `--haproxy-version` and the environment of the "
            "import; lines of other branches are not in the result"},
    Keyword{"user", "userlist", kChanged,
            "a line of the list's file; a password in clear text is hashed, and a hash that hapair "
            "does not take (DES, MD5) must be made anew by `openssl passwd -6`"},
    Keyword{"group", "userlist", kChanged, "becomes a list of its own, LIST-GROUP"},
    Keyword{"nameserver", "resolvers", kKept, "one of `nameservers`"},
    Keyword{"resolve_retries", "resolvers", kKept, "`tries`"},
    Keyword{"timeout retry", "resolvers", kKept, "`timeout`: for a nameserver's answer"},
    Keyword{"timeout resolve", "resolvers", kChanged,
            "`min_ttl`: names are asked for again when their TTL has run out, not before this"},
    Keyword{"hold", "resolvers", kChanged,
            "`hold.gone` for obsolete, `hold.none` for nx, `hold.failed` for the others that say "
            "how long a good answer outlasts failures; `valid` is the answer's own TTL"},
    Keyword{"accepted_payload_size", "resolvers", kNotNeeded,
            "an answer that does not fit is asked for again over TCP"},
    Keyword{"parse-resolv-conf", "resolvers", kKept,
            "without `nameservers` those of /etc/resolv.conf are asked"},
    Keyword{"mailer", "mailers", kKept, "the `relay`"},
    Keyword{"timeout mail", "mailers", kKept, "`timeout` of the alert"},
    Keyword{"errorfile", "http-errors", kChanged,
            "a file with the body of the answer, in `error_pages`"},
};

constexpr std::array kGlobals = {
    Keyword{"maxconn", kGlobal, kKept, "`process.max_connections`"},
    Keyword{"log", "global, defaults, frontend, listen, backend", kKept,
            "a target of `log`; from level notice on upwards it gets records, no access lines. "
            "hapair's log is that of all proxies"},
    Keyword{"log-tag", "global, defaults, frontend, listen, backend", kKept,
            "`tag` of the syslog targets"},
    Keyword{"log-send-hostname", kGlobal, kNotNeeded, "hapair's lines always name the host"},
    Keyword{"user", kGlobal, kNotNeeded, kPackaged},
    Keyword{"uid", kGlobal, kNotNeeded, kPackaged},
    Keyword{"group", kGlobal, kNotNeeded, kPackaged},
    Keyword{"gid", kGlobal, kNotNeeded, kPackaged},
    Keyword{"chroot", kGlobal, kNotNeeded, kPackaged},
    Keyword{"daemon", kGlobal, kNotNeeded, kPackaged},
    Keyword{"pidfile", kGlobal, kNotNeeded, kPackaged},
    Keyword{"quiet", kGlobal, kNotNeeded, kPackaged},
    Keyword{"debug", kGlobal, kNotNeeded, "`hapair errors` and the log's level `debug` show more"},
    Keyword{"master-worker", kGlobal, kNotNeeded,
            "a supervisor watches hapair's processes and starts them anew"},
    Keyword{"mworker-max-reloads", kGlobal, kNotNeeded, "a reload leaves no old processes behind"},
    Keyword{"nbproc", kGlobal, kNotNeeded, kOneLoop},
    Keyword{"nbthread", kGlobal, kNotNeeded, kOneLoop},
    Keyword{"thread-groups", kGlobal, kNotNeeded, kOneLoop},
    Keyword{"thread-group", kGlobal, kNotNeeded, kOneLoop},
    Keyword{"thread-hard-limit", kGlobal, kNotNeeded, kOneLoop},
    Keyword{"cpu-map", kGlobal, kNotNeeded, kOneLoop},
    Keyword{"cpu-policy", kGlobal, kNotNeeded, kOneLoop},
    Keyword{"cpu-set", kGlobal, kNotNeeded, kOneLoop},
    Keyword{"cpu-affinity", kGlobal, kNotNeeded, kOneLoop},
    Keyword{"numa-cpu-mapping", kGlobal, kNotNeeded, kOneLoop},
    Keyword{"bind-process", "defaults, frontend, listen, backend", kNotNeeded, kOneLoop},
    Keyword{"ulimit-n", kGlobal, kNotNeeded,
            "hapair raises its limit of descriptors as `process.max_connections` needs it"},
    Keyword{"fd-hard-limit", kGlobal, kNotNeeded,
            "hapair raises its limit of descriptors as `process.max_connections` needs it"},
    Keyword{"strict-limits", kGlobal, kNotNeeded, "hapair says so when a limit can't be had"},
    Keyword{"stats socket", kGlobal, kChanged,
            "the control socket is /run/hapair/control.sock, for the commands `hapair status`, "
            "`hapair server` and `hapair tables`, and for the REST API; who may change things says "
            "`process.write_group`"},
    Keyword{"stats timeout", kGlobal, kNotNeeded, "the control socket has its own"},
    Keyword{"stats maxconn", kGlobal, kNotNeeded, "the control socket has its own limit"},
    Keyword{"stats bind-process", kGlobal, kNotNeeded, kOneLoop},
    Keyword{"ca-base", kGlobal, kKept, "stands before the paths of `ca` files"},
    Keyword{"crt-base", kGlobal, kKept, "stands before the paths of certificates"},
    Keyword{"key-base", kGlobal, kKept, "stands before the paths of keys"},
    Keyword{"default-path", kGlobal, kChanged, "paths are absolute in the result"},
    Keyword{"ssl-default-bind-ciphers", kGlobal, kKept, "`tls.ciphers` of each bind under TLS"},
    Keyword{"ssl-default-bind-ciphersuites", kGlobal, kKept, "`tls.ciphersuites` likewise"},
    Keyword{"ssl-default-bind-curves", kGlobal, kKept, "`tls.curves` likewise"},
    Keyword{"ssl-default-bind-options", kGlobal, kChanged,
            "`tls.min_version`; versions below 1.2 are never spoken"},
    Keyword{"ssl-default-bind-sigalgs", kGlobal, kNotNeeded, "OpenSSL's own are used"},
    Keyword{"ssl-default-bind-client-sigalgs", kGlobal, kNotNeeded, "OpenSSL's own are used"},
    Keyword{"ssl-default-server-ciphers", kGlobal, kKept,
            "`tls.ciphers` of each backend under TLS"},
    Keyword{"ssl-default-server-ciphersuites", kGlobal, kKept, "`tls.ciphersuites` likewise"},
    Keyword{"ssl-default-server-curves", kGlobal, kKept, "`tls.curves` likewise"},
    Keyword{"ssl-default-server-options", kGlobal, kChanged, "`tls.min_version` likewise"},
    Keyword{"ssl-default-server-*", kGlobal, kNotNeeded, "OpenSSL's own are used"},
    Keyword{"ssl-server-verify", kGlobal, kKept, "`tls.verify` of each backend under TLS"},
    Keyword{"ssl-dh-param-file", kGlobal, kNotNeeded, "keys are agreed on by ECDHE alone"},
    Keyword{"ssl-engine", kGlobal, kNotNeeded, "OpenSSL's own code is used"},
    Keyword{"ssl-provider*", kGlobal, kNotNeeded, "OpenSSL's own code is used"},
    Keyword{"ssl-propquery", kGlobal, kNotNeeded, "OpenSSL's own code is used"},
    Keyword{"ssl-load-extra-files", kGlobal, kNotNeeded,
            "keys and OCSP responses beside a certificate are found, see `tls.certificates`"},
    Keyword{"ssl-load-extra-del-ext", kGlobal, kNotNeeded,
            "keys and OCSP responses beside a certificate are found, see `tls.certificates`"},
    Keyword{"ssl-mode-async", kGlobal, kNotNeeded, "OpenSSL's own code is used"},
    Keyword{"ssl-security-level", kGlobal, kNotNeeded, "OpenSSL's own is used"},
    Keyword{"ssl-skip-self-issued-ca", kGlobal, kNotNeeded, "a chain is sent as the file has it"},
    Keyword{"issuers-chain-path", kGlobal, kNotSupported,
            "put the whole chain into each certificate's file"},
    Keyword{"ocsp-update*", kGlobal, kNotSupported,
            "renew OCSP responses beside the certificate by a timer: hapair takes them by itself"},
    Keyword{"hard-stop-after", kGlobal, kKept, "`process.drain_timeout`"},
    Keyword{"grace", kGlobal, kNotNeeded, "`process.drain_timeout` lets running requests finish"},
    Keyword{"close-spread-time", kGlobal, kNotNeeded, "clients are let go as their requests end"},
    Keyword{"tune.maxaccept", kGlobal, kKept, "`process.max_accept`"},
    Keyword{"tune.ssl.default-dh-param", kGlobal, kNotNeeded, "keys are agreed on by ECDHE alone"},
    Keyword{"tune.lua.*", kGlobal, kNotNeeded, kNoLua},
    Keyword{"tune.*", kGlobal, kNotNeeded, kTuned},
    Keyword{"maxconnrate", kGlobal, kNotSupported, "limit each client with `rate_limit`"},
    Keyword{"maxsessrate", kGlobal, kNotSupported, "limit each client with `rate_limit`"},
    Keyword{"maxsslrate", kGlobal, kNotSupported,
            "limit handshakes under way with `process.max_handshakes`"},
    Keyword{"maxsslconn", kGlobal, kNotNeeded, "`process.max_connections` bounds them"},
    Keyword{"maxcomprate", kGlobal, kNotNeeded, "compression gives others their turn"},
    Keyword{"maxcompcpuusage", kGlobal, kNotNeeded, "compression gives others their turn"},
    Keyword{"maxpipes", kGlobal, kNotNeeded, kPoller},
    Keyword{"maxzlibmem", kGlobal, kNotNeeded, "`compression.max_streams` bounds it"},
    Keyword{"spread-checks", kGlobal, kNotNeeded, "first checks are spread over their interval"},
    Keyword{"max-spread-checks", kGlobal, kNotNeeded,
            "first checks are spread over their interval"},
    Keyword{"external-check", kGlobal, kNotSupported,
            "a check of type `script` runs a program; it is given other arguments"},
    Keyword{"insecure-fork-wanted", kGlobal, kNotNeeded,
            "scripts run below a process of their own"},
    Keyword{"insecure-setuid-wanted", kGlobal, kNotNeeded, "scripts gain no rights"},
    Keyword{"server-state-base", kGlobal, kNotNeeded,
            "hapair keeps what it knows of servers itself"},
    Keyword{"server-state-file", kGlobal, kNotNeeded,
            "hapair keeps what it knows of servers itself"},
    Keyword{"stats-file", kGlobal, kNotNeeded, "hapair keeps its counters itself"},
    Keyword{"shm-stats-file*", kGlobal, kNotNeeded, "hapair keeps its counters itself"},
    Keyword{"node", kGlobal, kNotNeeded, "nodes are named in `cluster.nodes`"},
    Keyword{"localpeer", kGlobal, kNotNeeded, "nodes are named in `cluster.nodes`"},
    Keyword{"description", kGlobal, kNotNeeded, "it stands in the result as a comment"},
    Keyword{"set-var", kGlobal, kNotSupported, "rules have no variables: write the value in place"},
    Keyword{"set-var-fmt", kGlobal, kNotSupported,
            "rules have no variables: write the value in place"},
    Keyword{"setenv", kGlobal, kChanged, "variables are replaced by their values in the import"},
    Keyword{"presetenv", kGlobal, kChanged, "variables are replaced by their values in the import"},
    Keyword{"unsetenv", kGlobal, kChanged, "variables are replaced by their values in the import"},
    Keyword{"resetenv", kGlobal, kNotNeeded, "hapair's scripts get an environment of their own"},
    Keyword{"lua-load", kGlobal, kNotSupported, kNoLua},
    Keyword{"lua-load-per-thread", kGlobal, kNotSupported, kNoLua},
    Keyword{"lua-prepend-path", kGlobal, kNotSupported, kNoLua},
    Keyword{"noepoll", kGlobal, kNotNeeded, kPoller},
    Keyword{"nokqueue", kGlobal, kNotNeeded, kPoller},
    Keyword{"noevports", kGlobal, kNotNeeded, kPoller},
    Keyword{"nopoll", kGlobal, kNotNeeded, kPoller},
    Keyword{"nosplice", kGlobal, kNotNeeded, kPoller},
    Keyword{"nogetaddrinfo", kGlobal, kNotNeeded, "names are asked of the DNS and /etc/hosts"},
    Keyword{"noreuseport", kGlobal, kNotNeeded, "one process listens"},
    Keyword{"noktls", kGlobal, kNotNeeded, "TLS is not in the kernel"},
    Keyword{"no-quic", kGlobal, kNotNeeded, "hapair does not speak QUIC"},
    Keyword{"limited-quic", kGlobal, kNotNeeded, "hapair does not speak QUIC"},
    Keyword{"quic-*", kGlobal, kNotNeeded, "hapair does not speak QUIC"},
    Keyword{"busy-polling", kGlobal, kNotNeeded, kPoller},
    Keyword{"profiling*", kGlobal, kNotNeeded, "`hapair status` shows the loop's lag"},
    Keyword{"zero-warning", kGlobal, kNotNeeded, "`hapair check` tells faults and notices apart"},
    Keyword{"warn-blocked-traffic-after", kGlobal, kNotNeeded,
            "`hapair status` shows the loop's lag"},
    Keyword{"anonkey", kGlobal, kNotNeeded, "hapair has no dump that needs it"},
    Keyword{"cluster-secret", kGlobal, kNotNeeded, "`cluster.secret_file` is the nodes' secret"},
    Keyword{"expose-experimental-directives", kGlobal, kNotNeeded, "hapair has none"},
    Keyword{"expose-deprecated-directives", kGlobal, kNotNeeded, "hapair has none"},
    Keyword{"force-cfg-parser-pause", kGlobal, kNotNeeded, "hapair has no such pause"},
    Keyword{"h1-case-adjust*", kGlobal, kNotNeeded,
            "names of fields keep the case that they come with"},
    Keyword{"h1-accept-payload-with-any-method", kGlobal, kNotNeeded, "bodies go with any method"},
    Keyword{"h1-do-not-close-on-insecure-transfer-encoding", kGlobal, kNotSupported,
            "a connection whose framing is in doubt always ends"},
    Keyword{"h2-workaround-bogus-websocket-clients", kGlobal, kNotNeeded,
            "such clients are served over HTTP/1.1 where `tls.alpn` offers nothing else"},
    Keyword{"http-err-codes", kGlobal, kNotSupported, "`errors` of a table are 400 to 499"},
    Keyword{"http-fail-codes", kGlobal, kNotSupported, "`failures` of a table are 500 to 599"},
    Keyword{"http-client.*", kGlobal, kNotNeeded, kNoLua},
    Keyword{"httpclient.*", kGlobal, kNotNeeded, kNoLua},
    Keyword{"harden.*", kGlobal, kNotNeeded, "hapair is strict with what clients may not send"},
    Keyword{"pp2-never-send-local", kGlobal, kNotNeeded,
            "checks name nobody, and connections name their clients"},
    Keyword{"prealloc-fd", kGlobal, kNotNeeded, kTuned},
    Keyword{"setcap", kGlobal, kNotNeeded, kPackaged},
    Keyword{"unix-bind", kGlobal, kNotNeeded,
            "Unix sockets belong to the group of `process.group`"},
    Keyword{"wurfl-*", kGlobal, kNotSupported, "let the servers tell devices apart"},
    Keyword{"51degrees-*", kGlobal, kNotSupported, "let the servers tell devices apart"},
    Keyword{"deviceatlas-*", kGlobal, kNotSupported, "let the servers tell devices apart"},
    Keyword{"dns-accept-family", kGlobal, kChanged, "write `resolve.prefer` of each server"},
};

}  // namespace

std::span<const Keyword> section_keywords() { return kSections; }
std::span<const Keyword> global_keywords() { return kGlobals; }

}  // namespace hapair::importing::haproxy
