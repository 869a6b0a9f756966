// `option ...` of proxies, and what checks are made of.
#include <array>

#include "apps/hapair/import/haproxy/keyword_table.hpp"

namespace hapair::importing::haproxy {
namespace {

constexpr auto kKept = Fate::kKept;
constexpr auto kChanged = Fate::kChanged;
constexpr auto kNotNeeded = Fate::kNotNeeded;
constexpr auto kNotSupported = Fate::kNotSupported;

constexpr std::string_view kAll = "defaults, frontend, listen, backend";
constexpr std::string_view kFront = "defaults, frontend, listen";
constexpr std::string_view kBack = "defaults, listen, backend";
constexpr std::string_view kSplices = "hapair splices where it can";

constexpr std::array kOptions = {
    Keyword{"option httplog", kAll, kKept, "`log_format` `httplog`"},
    Keyword{"option tcplog", kAll, kKept, "`log_format` `tcplog`"},
    Keyword{"option httpslog", kAll, kChanged,
            "`log_format` `httplog`; `json` says whether the connection was under TLS"},
    Keyword{"option dontlognull", kFront, kKept, "`log_null` `false`"},
    Keyword{"option dontlog-normal", kFront, kNotSupported,
            "all requests are in the log: let the syslog daemon choose"},
    Keyword{"option logasap", kFront, kNotSupported, "a line is written when all is over"},
    Keyword{"option log-separate-errors", kFront, kNotSupported,
            "errors are in the same log; their termination code tells them apart"},
    Keyword{"option log-health-checks", kBack, kNotNeeded,
            "changes of servers are in the log and in `hapair events`"},
    Keyword{"option socket-stats", kFront, kNotNeeded, "`hapair status` has the counters"},
    Keyword{"option contstats", kFront, kNotNeeded, "counters of transfers grow all the time"},
    Keyword{
        "option forwardfor", kAll, kChanged,
        "`forwarded_for`, or `forwarded_headers` where the frontend alone says it. What clients "
        "say by that name is taken off, but for that of `trusted_proxies` (`except`)"},
    Keyword{"option forwarded", kAll, kChanged, "`forwarded_headers` with `Forwarded`"},
    Keyword{"option originalto", kAll, kNotSupported,
            "the address that clients connect to is a VIP, which servers can be told by a header"},
    Keyword{"option httpclose", kAll, kKept, "`http.connection` `close`"},
    Keyword{"option forceclose", kAll, kKept, "`http.connection` `close`"},
    Keyword{"option http-server-close", kAll, kKept, "`http.connection` `server-close`"},
    Keyword{"option http-keep-alive", kAll, kKept, "`http.connection` `keep-alive`, the default"},
    Keyword{"option http-tunnel", kAll, kNotSupported, "each request is looked at"},
    Keyword{"option http-pretend-keepalive", kAll, kNotNeeded,
            "servers see connections that are kept"},
    Keyword{"option http-use-htx", kAll, kNotNeeded, "HTTP/2 needs no switch"},
    Keyword{"option http-no-delay", kAll, kNotNeeded, "what comes is sent on at once"},
    Keyword{"option http-buffer-request", kAll, kNotNeeded,
            "`timeouts.client` bounds slow bodies; they cost a server nothing but a connection"},
    Keyword{"option http-ignore-probes", kFront, kNotNeeded,
            "connections without a byte are not logged, nor answered"},
    Keyword{"option http-use-proxy-header", kFront, kNotSupported, "no client needs it"},
    Keyword{"option http-restrict-req-hdr-names", kAll, kNotNeeded,
            "fields that matter are found by both spellings, with `-` and with `_`"},
    Keyword{"option http-drop-request-trailers", kBack, kNotNeeded,
            "trailers can't say what fields say"},
    Keyword{"option http-drop-response-trailers", kFront, kNotNeeded,
            "trailers can't say what fields say"},
    Keyword{"option http_proxy", kAll, kNotSupported, "hapair is no forward proxy"},
    Keyword{"option accept-invalid-http-request", kFront, kNotSupported,
            "requests that break the rules are refused; `hapair errors` shows them"},
    Keyword{"option accept-invalid-http-response", kBack, kNotSupported,
            "responses that break the rules are refused; `hapair errors` shows them"},
    Keyword{"option accept-unsafe-violations-in-http-request", kFront, kNotSupported,
            "requests that break the rules are refused; `hapair errors` shows them"},
    Keyword{"option accept-unsafe-violations-in-http-response", kBack, kNotSupported,
            "responses that break the rules are refused; `hapair errors` shows them"},
    Keyword{"option disable-h2-upgrade", kFront, kKept, "`protocols` without `h2`"},
    Keyword{"option h1-case-adjust-bogus-client", kFront, kNotNeeded,
            "names of fields keep the case that they come with"},
    Keyword{"option h1-case-adjust-bogus-server", kBack, kNotNeeded,
            "names of fields keep the case that they come with"},
    Keyword{"option redispatch", kBack, kChanged,
            "`redispatch`: every further attempt goes to another server, not the last one alone"},
    Keyword{"option abortonclose", kAll, kKept, "`http.abort_on_close`, the default"},
    Keyword{"option allbackups", kBack, kKept, "`backups` `all`"},
    Keyword{"option checkcache", kBack, kNotSupported, "let servers mark what may be cached"},
    Keyword{"option persist", kBack, kNotNeeded,
            "a client whose server is down gets another one at once"},
    Keyword{"option prefer-last-server", kBack, kNotNeeded,
            "connections to servers are shared, so staying on one saves none"},
    Keyword{"option independent-streams", kAll, kNotSupported,
            "bytes either way keep a connection"},
    Keyword{"option idle-close-on-response", kFront, kNotNeeded,
            "a node that leaves lets idle clients finish"},
    Keyword{"option nolinger", kAll, kNotNeeded, "sockets are closed without lingering"},
    Keyword{"option splice-auto", kAll, kNotNeeded, kSplices},
    Keyword{"option splice-request", kAll, kNotNeeded, kSplices},
    Keyword{"option splice-response", kAll, kNotNeeded, kSplices},
    Keyword{"option tcp-smart-accept", kFront, kNotNeeded, "the kernel sends few packets anyway"},
    Keyword{"option tcp-smart-connect", kBack, kNotNeeded, "the kernel sends few packets anyway"},
    Keyword{"option tcpka", kAll, kKept, "`tcp_keepalive` of binds and of the backend"},
    Keyword{"option clitcpka", kFront, kKept, "`tcp_keepalive` of binds"},
    Keyword{"option srvtcpka", kBack, kKept, "`tcp_keepalive` of the backend"},
    Keyword{"option transparent", kBack, kNotSupported,
            "hapair opens no connections with clients' addresses: use `send_proxy`"},
    Keyword{"option use-small-buffers", kAll, kNotNeeded, "buffers are held while data flows"},
    Keyword{"option httpchk", kBack, kKept, "`check` of type `http`"},
    Keyword{"option tcp-check", kBack, kKept, "`check` of type `tcp`, with `steps`"},
    Keyword{"option ssl-hello-chk", kBack, kChanged,
            "`check` of type `tls`, with a whole handshake in a version that is still spoken"},
    Keyword{"option mysql-check", kBack, kKept, "`check` of type `mysql`"},
    Keyword{"option pgsql-check", kBack, kKept, "`check` of type `postgresql`"},
    Keyword{"option redis-check", kBack, kKept, "`check` of type `redis`"},
    Keyword{"option smtpchk", kBack, kKept, "`check` of type `smtp`"},
    Keyword{"option ldap-check", kBack, kKept, "`check` of type `ldap`"},
    Keyword{
        "option external-check", kBack, kNotSupported,
        "a check of type `script` runs a program, which gets the server's name, address and port"},
    Keyword{"option spop-check", kBack, kNotSupported, "hapair has no SPOE: use `forward_auth`"},
};

constexpr std::array kChecks = {
    Keyword{"http-check send", kBack, kKept, "`method`, `path`, `host`, `headers` and `body`"},
    Keyword{"http-check expect", kBack, kKept,
            "`expect_status`, `expect_headers` and `expect_body`"},
    Keyword{"http-check connect", kBack, kKept, "`port`, `tls` and `alpn` of the check"},
    Keyword{"http-check comment", kBack, kNotNeeded, "failures say what was expected"},
    Keyword{"http-check disable-on-404", kBack, kNotSupported,
            "a server that answers 404 is down. Drain it with `hapair server NAME drain`, or by an "
            "`agent`"},
    Keyword{"http-check send-state", kBack, kNotSupported,
            "servers are not told what hapair thinks of them"},
    Keyword{"http-check set-var", kBack, kNotSupported, "checks have no variables"},
    Keyword{"http-check set-var-fmt", kBack, kNotSupported, "checks have no variables"},
    Keyword{"http-check unset-var", kBack, kNotSupported, "checks have no variables"},
    Keyword{"tcp-check connect", kBack, kKept, "`port` and `tls` of the check"},
    Keyword{"tcp-check send", kBack, kKept, "a step with `send`"},
    Keyword{"tcp-check send-lf", kBack, kChanged, "a step with `send`, where it is plain text"},
    Keyword{"tcp-check send-binary", kBack, kKept, "a step with `send_hex`"},
    Keyword{"tcp-check send-binary-lf", kBack, kNotSupported, "checks have no variables"},
    Keyword{"tcp-check expect", kBack, kKept,
            "a step with `expect`, `expect_regex` or `expect_hex`"},
    Keyword{"tcp-check comment", kBack, kKept, "`comment` of the step behind it"},
    Keyword{"tcp-check set-var", kBack, kNotSupported, "checks have no variables"},
    Keyword{"tcp-check set-var-fmt", kBack, kNotSupported, "checks have no variables"},
    Keyword{"tcp-check unset-var", kBack, kNotSupported, "checks have no variables"},
};

}  // namespace

std::span<const Keyword> option_keywords() { return kOptions; }
std::span<const Keyword> check_keywords() { return kChecks; }

}  // namespace hapair::importing::haproxy
