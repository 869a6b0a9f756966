// What becomes of each keyword of rules and conditions, for the report and for --explain.
#include "apps/hapair/import/keywords.hpp"

#include <array>

// How rules are treated, and what their conditions look at.

namespace hapair::importing::haproxy {
namespace {

constexpr std::string_view kProxies = "frontend, listen, backend, defaults";
constexpr std::string_view kFrontends = "frontend, listen";
constexpr std::string_view kOld = "frontend, listen, backend (HAProxy 1.x and 2.0)";
constexpr std::string_view kConditions = "acl, if, unless";

constexpr auto kRuleKeywords = std::to_array<Keyword>({
    {"acl", kProxies, Fate::kKept,
     "becomes one of `matches` with its name, or stands in the rule itself where but one rule uses "
     "it. Several lines of one name are its alternatives (`any`); a name that no rule uses is not "
     "needed"},
    {"use_backend", kFrontends, Fate::kKept,
     "becomes a rule with `use_backend`. A name made of a map is `use_backend` with `map` and "
     "`key`; a name made of a part of the request is a rule for each backend that has such a name"},
    {"use-server", "backend, listen", Fate::kKept,
     "becomes a rule with `use_server`; a server found by name stands for several and can't be "
     "named"},
    {"block", kFrontends, Fate::kKept, "becomes a rule with `deny`"},
    {"redirect", kProxies, Fate::kKept,
     "becomes a rule with `redirect`: `to`, `prefix` or `scheme`; `drop-query` is `%{path}` in "
     "place of the target. Cookies are not set"},
    {"monitor fail", kFrontends, Fate::kKept,
     "becomes `monitor.fail_without` where it asks whether a backend has usable servers; anything "
     "else is not supported"},
    {"declare capture", kFrontends, Fate::kNotNeeded,
     "what rules capture has its place in the log by its name"},
    {"force-persist", "backend, listen", Fate::kNotSupported,
     "clients of a server that is down go to another; name the server by `use_server`"},
    {"ignore-persist", "backend, listen", Fate::kNotSupported,
     "whether clients stay on their servers is said for all of a backend; give these a backend of "
     "their own"},
    {"filter", kProxies, Fate::kNotSupported,
     "hapair runs no filters; `compression` has none, and a service is asked by `forward_auth`"},
    {"stick-table", kProxies, Fate::kKept,
     "of rates and of what is under way becomes one of `tables`; see track-sc and the counters. "
     "With `stick` it is part of that"},
    {"http-request deny", kProxies, Fate::kKept,
     "becomes a rule with `deny`, or with `answer` where it has a text of its own. As the one "
     "limit of a backend's counter it is `rate_limit`"},
    {"http-request tarpit", kProxies, Fate::kKept,
     "becomes a rule with `tarpit`, with `timeout tarpit` as its `delay`"},
    {"http-request return", kProxies, Fate::kKept,
     "becomes a rule with `answer`: `status`, `type`, `body` or `file`. Further fields and texts "
     "that depend on the request are left out or not supported"},
    {"http-request redirect", kProxies, Fate::kKept,
     "becomes a rule with `redirect`, see redirect"},
    {"http-request auth", kProxies, Fate::kKept,
     "becomes a rule with `basic_auth`, where its condition is that of no password: unless { "
     "http_auth(LIST) }"},
    {"http-request allow", kProxies, Fate::kChanged,
     "the rules behind it say for whom they are not (`not`)"},
    {"http-request reject", kProxies, Fate::kChanged,
     "becomes a rule with `drop`, which resets the connection"},
    {"http-request silent-drop", kProxies, Fate::kKept, "becomes a rule with `drop`"},
    {"http-request set-header", kProxies, Fate::kKept,
     "becomes `set_header`. Texts may name the client's address, host, path, query, target, "
     "method, scheme, SNI, fields, cookies and maps; ports and TLS become a rule for each"},
    {"http-request add-header", kProxies, Fate::kKept,
     "becomes `add_header`, see http-request set-header"},
    {"http-request del-header", kProxies, Fate::kKept,
     "becomes `remove_header`; by its whole name only"},
    {"http-request replace-header", kProxies, Fate::kKept,
     "becomes `replace_header`, over the whole value as HAProxy has it"},
    {"http-request replace-value", kProxies, Fate::kChanged,
     "becomes `replace_header`, which looks at each whole field"},
    {"http-request replace-path", kProxies, Fate::kKept,
     "becomes `rewrite_path`, over the whole path as HAProxy has it"},
    {"http-request replace-uri", kProxies, Fate::kChanged,
     "becomes `rewrite_path`; the query stays as it is"},
    {"http-request replace-pathq", kProxies, Fate::kChanged,
     "becomes `rewrite_path`; the query stays as it is"},
    {"http-request set-path", kProxies, Fate::kKept,
     "becomes `set_path`, or `rewrite_path` where it is %[path,regsub(...)]"},
    {"http-request set-query", kProxies, Fate::kKept, "becomes `set_query`"},
    {"http-request set-uri", kProxies, Fate::kChanged, "becomes `set_path` and `set_query`"},
    {"http-request set-pathq", kProxies, Fate::kChanged, "becomes `set_path` and `set_query`"},
    {"http-request set-method", kProxies, Fate::kNotSupported,
     "the method stays what the client sent"},
    {"http-request set-var", kProxies, Fate::kChanged,
     "what it stands for is written where it is used, in conditions and texts"},
    {"http-request set-var-fmt", kProxies, Fate::kChanged,
     "as set-var, of one sample or a plain text"},
    {"http-request unset-var", kProxies, Fate::kChanged, "counts where the variable is used"},
    {"http-request set-src", kProxies, Fate::kChanged,
     "from X-Forwarded-For, for networks of proxies, becomes `trusted_proxies`; anything else must "
     "be decided"},
    {"http-request set-priority-class", kProxies, Fate::kKept,
     "becomes `priority` of a rule, for int(N) from -2047 to 2047"},
    {"http-request set-priority-offset", kProxies, Fate::kNotSupported,
     "waiting requests have a class (`priority`), and no offset in time"},
    {"http-request set-timeout", kProxies, Fate::kKept,
     "of the server becomes `timeouts` of a rule; others are not supported"},
    {"http-request capture", kProxies, Fate::kKept,
     "becomes `capture` of a rule, by the name of the field"},
    {"http-request track-sc", kProxies, Fate::kChanged,
     "becomes `count_in` of the frontend; `by` of the table is its key: src, a field or a cookie. "
     "What is tracked on a condition counts all"},
    {"http-request sc-inc-gpc", kProxies, Fate::kNotSupported,
     "hapair's tables count by themselves; limit a rate (`rate_over`, `rate_limit`)"},
    {"http-request sc-set-gpt", kProxies, Fate::kNotSupported,
     "hapair's tables have no tags; limit a rate (`rate_over`, `rate_limit`)"},
    {"http-request normalize-uri", kProxies, Fate::kNotNeeded,
     "all matches see the path in one form already"},
    {"http-request strict-mode", kProxies, Fate::kNotNeeded,
     "what can't be rewritten is always answered with an error"},
    {"http-request set-nice", kProxies, Fate::kNotNeeded,
     "no request can keep the others from their turn"},
    {"http-request set-log-level", kProxies, Fate::kNotSupported,
     "single requests can't be left out of the log; filter them where it is read"},
    {"http-request set-mark", kProxies, Fate::kNotSupported,
     "marks are for the packet filter to set"},
    {"http-request set-tos", kProxies, Fate::kNotSupported,
     "set the class of packets in the packet filter"},
    {"http-request wait-for-body", kProxies, Fate::kNotSupported,
     "bodies are passed on as they come; slow ones end by `timeouts.client`"},
    {"http-request wait-for-handshake", kProxies, Fate::kNotSupported,
     "nothing is taken before the handshake is over: there is no 0-RTT"},
    {"http-request cache-use", kProxies, Fate::kNotSupported,
     "hapair keeps no cache; requests go on to the servers"},
    {"http-request use-service", kProxies, Fate::kKept,
     "prometheus-exporter under one path becomes `metrics` of the frontend, with "
     "`metrics.haproxy_names`; a query (scope=...) is not for it, and rules of the backend count "
     "there too. Other services are not supported"},
    {"http-request lua", kProxies, Fate::kNotSupported,
     "hapair runs no Lua; ask a service by `forward_auth`, or let the server do it"},
    {"http-request set-map", kProxies, Fate::kNotSupported, "maps change in their files (`maps`)"},
    {"http-request add-acl", kProxies, Fate::kNotSupported, "lists change in their files (`maps`)"},
    {"http-request do-resolve", kProxies, Fate::kNotSupported,
     "servers are found by name (`resolve`), not by what clients say"},
    {"http-request early-hint", kProxies, Fate::kNotSupported,
     "hapair passes on hints of servers, and makes none itself"},
    {"http-response set-header", kProxies, Fate::kKept,
     "becomes `set_response_header`; what it says of the request is seen as it came"},
    {"http-response add-header", kProxies, Fate::kKept, "becomes `add_response_header`"},
    {"http-response del-header", kProxies, Fate::kKept, "becomes `remove_response_header`"},
    {"http-response replace-header", kProxies, Fate::kNotSupported,
     "fields of responses are set or taken off whole; let the server know how clients reach it "
     "(`forwarded_headers`)"},
    {"http-response capture", kProxies, Fate::kKept,
     "of a field becomes `capture` with `from_response`"},
    {"http-response deny", kProxies, Fate::kNotSupported,
     "what a server answers goes to the client; rules change fields of it only"},
    {"http-response cache-store", kProxies, Fate::kNotSupported, "hapair keeps no cache"},
    {"http-response set-status", kProxies, Fate::kNotSupported,
     "the status stays what the server sent"},
    {"http-after-response", kProxies, Fate::kChanged,
     "becomes the same as http-response; answers that are made here stay as they are"},
    {"tcp-request connection accept", kFrontends, Fate::kChanged,
     "the rules of connections behind it say for whom they are not"},
    {"tcp-request connection reject", kFrontends, Fate::kChanged,
     "in mode tcp a rule with `deny`; in mode http one with `drop`, which counts for the "
     "connection's requests, `rate_limit` for a rate of connections, `per_address` for their "
     "number"},
    {"tcp-request connection expect-proxy", kFrontends, Fate::kChanged,
     "becomes `accept_proxy` of the frontend's binds, with the networks of its condition as "
     "`from`"},
    {"tcp-request connection track-sc", kFrontends, Fate::kChanged, "see http-request track-sc"},
    {"tcp-request session", kFrontends, Fate::kChanged, "as tcp-request connection"},
    {"tcp-request content accept", kProxies, Fate::kChanged,
     "the rules of content behind it say for whom they are not"},
    {"tcp-request content reject", kProxies, Fate::kKept,
     "becomes a rule with `deny` (mode tcp) or `drop` (mode http)"},
    {"tcp-request inspect-delay", kProxies, Fate::kNotNeeded,
     "what a client opens TLS with is waited for where a rule asks for it, 5 s at most"},
    {"tcp-response", "backend, listen", Fate::kNotSupported,
     "what servers answer on a connection is not looked at"},
    {"reqadd", kOld, Fate::kKept, "becomes `add_header`"},
    {"reqdel", kOld, Fate::kKept,
     "of ^Name: becomes `remove_header`; other expressions are not supported"},
    {"reqidel", kOld, Fate::kKept, "as reqdel"},
    {"reqrep", kOld, Fate::kChanged,
     "of the path behind the method becomes `rewrite_path`, of ^Name: becomes `replace_header`; "
     "other expressions are not supported"},
    {"reqirep", kOld, Fate::kChanged, "as reqrep, whatever the case"},
    {"reqdeny", kOld, Fate::kNotSupported,
     "expressions over whole lines of a request are not made; write http-request rules with path, "
     "method and hdr"},
    {"reqideny", kOld, Fate::kNotSupported,
     "expressions over whole lines of a request are not made; write http-request rules with path, "
     "method and hdr"},
    {"reqtarpit", kOld, Fate::kNotSupported,
     "expressions over whole lines of a request are not made; write http-request rules with path, "
     "method and hdr"},
    {"reqitarpit", kOld, Fate::kNotSupported,
     "expressions over whole lines of a request are not made; write http-request rules with path, "
     "method and hdr"},
    {"reqallow", kOld, Fate::kNotSupported,
     "expressions over whole lines of a request are not made; write http-request rules with path, "
     "method and hdr"},
    {"reqiallow", kOld, Fate::kNotSupported,
     "expressions over whole lines of a request are not made; write http-request rules with path, "
     "method and hdr"},
    {"reqpass", kOld, Fate::kNotSupported,
     "expressions over whole lines of a request are not made; write use_backend or http-request "
     "rules"},
    {"reqipass", kOld, Fate::kNotSupported,
     "expressions over whole lines of a request are not made; write use_backend or http-request "
     "rules"},
    {"reqsetbe", kOld, Fate::kNotSupported,
     "expressions over whole lines of a request are not made; write use_backend or http-request "
     "rules"},
    {"reqisetbe", kOld, Fate::kNotSupported,
     "expressions over whole lines of a request are not made; write use_backend or http-request "
     "rules"},
    {"rspadd", kOld, Fate::kKept, "becomes `add_response_header`"},
    {"rspdel", kOld, Fate::kKept, "of ^Name: becomes `remove_response_header`"},
    {"rspidel", kOld, Fate::kKept, "as rspdel"},
    {"rsprep", kOld, Fate::kNotSupported,
     "fields of responses are set or taken off whole; let the server know how clients reach it "
     "(`forwarded_headers`)"},
    {"rspirep", kOld, Fate::kNotSupported,
     "fields of responses are set or taken off whole; let the server know how clients reach it "
     "(`forwarded_headers`)"},
    {"rspdeny", kOld, Fate::kNotSupported,
     "fields of responses are set or taken off whole; let the server know how clients reach it "
     "(`forwarded_headers`)"},
    {"rspideny", kOld, Fate::kNotSupported,
     "fields of responses are set or taken off whole; let the server know how clients reach it "
     "(`forwarded_headers`)"},
    {"path", kConditions, Fate::kKept,
     "becomes `path`, `path_prefix` (path_beg), `path_suffix` (path_end) or `path_regex` "
     "(path_reg, path_sub, path_dir, -i). hapair sees all ways to write a path as one"},
    {"url", kConditions, Fate::kChanged,
     "without a query it is as path; what would look at the query is not supported"},
    {"base", kConditions, Fate::kChanged, "becomes `host` and `path` or `path_prefix`"},
    {"method", kConditions, Fate::kKept, "becomes `method`"},
    {"hdr", kConditions, Fate::kKept,
     "becomes `header`, as an expression where parts between commas count; hdr(host) becomes "
     "`host`, which is compared without case and port, or an expression over the field"},
    {"req.fhdr", kConditions, Fate::kKept, "becomes `header`"},
    {"hdr_cnt", kConditions, Fate::kKept,
     "becomes `header`, where it asks whether there is such a field"},
    {"hdr_ip", kConditions, Fate::kNotSupported,
     "addresses in fields are not to be trusted as such; name your proxies in `trusted_proxies`, "
     "and use src"},
    {"hdr_val", kConditions, Fate::kNotSupported,
     "numbers in fields are not compared; for bodies there is `limits.body`"},
    {"cook", kConditions, Fate::kKept, "becomes `cookie`"},
    {"url_param", kConditions, Fate::kKept, "becomes `query`, compared decoded"},
    {"query", kConditions, Fate::kNotSupported,
     "the whole query is no key of a match; ask for its parameters by url_param"},
    {"src", kConditions, Fate::kKept,
     "becomes `source`; a list in a file becomes a map by network"},
    {"dst", kConditions, Fate::kNotSupported,
     "rules don't look at the address that was connected to; give it a frontend of its own"},
    {"dst_port", kConditions, Fate::kKept, "becomes `port`"},
    {"ssl_fc", kConditions, Fate::kKept, "becomes `tls`"},
    {"ssl_fc_sni", kConditions, Fate::kKept,
     "becomes `sni`: whole names, or all below one (-m end .example)"},
    {"req.ssl_sni", kConditions, Fate::kKept,
     "becomes `sni`: whole names, or all below one (-m end .example)"},
    {"req.ssl_hello_type", kConditions, Fate::kKept, "becomes `tls`"},
    {"ssl_fc_alpn", kConditions, Fate::kKept, "becomes `alpn`"},
    {"req.ssl_alpn", kConditions, Fate::kKept, "becomes `alpn`"},
    {"ssl_fc_protocol", kConditions, Fate::kKept, "becomes `tls_version`"},
    {"ssl_c_used", kConditions, Fate::kKept, "becomes `client_certificate`"},
    {"ssl_c_verify", kConditions, Fate::kChanged,
     "always holds for 0: hapair refuses clients with a bad certificate by itself"},
    {"ssl_c_s_dn", kConditions, Fate::kNotSupported,
     "rules ask only whether a client has shown a good certificate; servers are told more "
     "(`pass_client_certificate`)"},
    {"nbsrv", kConditions, Fate::kKept, "becomes `healthy`, with `at_least`"},
    {"srv_is_up", kConditions, Fate::kChanged,
     "of a backend's only server becomes `healthy`; else it is not supported"},
    {"http_auth", kConditions, Fate::kKept, "becomes `basic_auth` of http-request auth"},
    {"http_auth_group", kConditions, Fate::kKept, "as http_auth, with a list of the group's users"},
    {"http_req_rate", kConditions, Fate::kKept,
     "(sc_, sc0_ to sc2_, src_, table_) becomes `rate_over` with `requests`"},
    {"conn_rate", kConditions, Fate::kKept,
     "(also sess_rate) becomes `rate_over` with `connections`"},
    {"conn_cur", kConditions, Fate::kKept,
     "becomes `rate_over` with `active`: in mode http what is under way are requests"},
    {"http_err_rate", kConditions, Fate::kKept, "becomes `rate_over` with `errors`"},
    {"http_fail_rate", kConditions, Fate::kKept, "becomes `rate_over` with `failures`"},
    {"bytes_in_rate", kConditions, Fate::kKept, "becomes `rate_over` with `bytes_in`"},
    {"bytes_out_rate", kConditions, Fate::kKept, "becomes `rate_over` with `bytes_out`"},
    {"get_gpc0", kConditions, Fate::kNotSupported,
     "hapair's tables have rates over a time and what is under way; limit a rate (`rate_over`, "
     "`rate_limit`)"},
    {"var", kConditions, Fate::kChanged, "what set-var says stands in its place"},
    {"map", kConditions, Fate::kKept,
     "(map_beg, map_dom, map_ip) becomes one of `maps`: `map` of a match (-m found), "
     "%{map:NAME:KEY} of a text, or `use_backend`. Other kinds of maps are not supported"},
    {"lower", kConditions, Fate::kKept, "case counts for nothing then"},
    {"always_true", kConditions, Fate::kKept, "holds, and so needs no match"},
    {"always_false", kConditions, Fate::kNotNeeded, "never holds, and its rule is left out"},
    {"rand", kConditions, Fate::kNotSupported,
     "rules draw no lots; share traffic out by the servers' `weight`"},
    {"date", kConditions, Fate::kChanged,
     "date,utime(%H%M) with -m int and ranges becomes `time`, in UTC; others are not supported"},
    {"be_conn", kConditions, Fate::kNotSupported,
     "rules don't count a backend's connections; servers have `max_connections`"},
    {"fe_conn", kConditions, Fate::kNotSupported,
     "rules don't count a frontend's connections; it has `max_connections`"},
    {"avg_queue", kConditions, Fate::kNotSupported,
     "rules don't look at queues; backends have `max_queue` and `timeouts.queue`"},
    {"connslots", kConditions, Fate::kNotSupported,
     "rules don't count free places; servers have `max_connections`, and requests wait"},
    {"req.payload", kConditions, Fate::kNotSupported,
     "rules don't look into what connections carry"},
    {"status", kConditions, Fate::kNotSupported,
     "rules judge requests, before there is a response"},
});

}  // namespace

std::span<const Keyword> rule_keywords() { return kRuleKeywords; }

}  // namespace hapair::importing::haproxy
