#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/import/haproxy/rules/fetch_tests.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

/// "10.1.0.0/255.255.0.0" too; the address within its network is taken off.
base::Result<std::string> network_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  std::string given(text);
  if (slash != std::string_view::npos && text.find('.', slash) != std::string_view::npos) {
    const auto mask = base::IpAddress::parse(text.substr(slash + 1));
    if (!mask || !mask->is_v4()) {
      return base::fail(concat("\"", base::printable(text, 64), "\" is no network"));
    }
    unsigned bits = 0;
    for (const std::uint8_t byte : mask->bytes()) {
      bits += static_cast<unsigned>(std::popcount(byte));
    }
    given = concat(text.substr(0, slash), "/", bits);
  }
  const auto prefix = base::Prefix::parse(given);
  if (!prefix) {
    return base::fail(concat("\"", base::printable(text, 64),
                             "\" is no network; write an address, or one with its prefix length"));
  }
  std::array<std::uint8_t, 16> bytes{};
  const base::Bytes address = prefix->address.bytes();
  for (std::size_t i = 0; i < address.size(); ++i) {
    const std::size_t left = prefix->length > i * 8 ? prefix->length - i * 8 : 0;
    const unsigned mask = left >= 8 ? 0xffU : (0xff00U >> left) & 0xffU;
    bytes[i] = static_cast<std::uint8_t>(address[i] & mask);
  }
  const auto masked = base::IpAddress::from_bytes({bytes.data(), address.size()});
  if (!masked) return std::unexpected(masked.error());
  const bool single = prefix->length == (prefix->address.is_v4() ? 32 : 128);
  return single ? masked->to_string() : base::Prefix{*masked, prefix->length}.to_string();
}

base::Result<Formula> source_formula(const AclTest& test, Scope& scope, Remarks& remarks) {
  if (!test.sample.converters.empty()) {
    return base::fail(concat("hapair has nothing like ", to_string(test.sample),
                             "; write networks, or a map by network"));
  }
  if (test.how == Compared::kFound) return always();
  std::vector<std::string> texts = test.patterns;
  std::vector<Formula> parts;
  for (const std::string& file : test.files) {
    const auto map = scope.is_tcp() ? base::Result<std::string>(base::fail("no map"))
                                    : scope.shared().maps.name_of(file, "network");
    if (map) {
      JsonTree look;
      look["name"] = *map;
      look["key"] = "source";
      parts.push_back(key("map", std::move(look)));
      remarks.changed.push_back(concat("is the map ", *map, ", which is read anew as it changes"));
      continue;
    }
    const auto lines = scope.shared().maps.lines_of(file, true);
    if (!lines) return std::unexpected(lines.error());
    texts.insert(texts.end(), lines->begin(), lines->end());
    remarks.changed.push_back(
        concat("stands in the config as ", base::printable(file, 64), " was at the import"));
  }
  std::vector<std::string> networks;
  for (const std::string& each : texts) {
    auto network = network_of(each);
    if (!network) return std::unexpected(network.error());
    networks.push_back(*std::move(network));
  }
  parts.push_back(one_of("source", networks));
  return any(std::move(parts));
}

base::Result<Formula> port_formula(const AclTest& test) {
  constexpr std::int64_t kMost = 64;
  std::vector<Formula> ports;
  for (const Range& range : test.ranges) {
    const std::int64_t low = std::max<std::int64_t>(range.low, 1);
    const std::int64_t high = std::min<std::int64_t>(range.high, 65535);
    if (high - low + 1 + static_cast<std::int64_t>(ports.size()) > kMost) {
      return base::fail(
          concat("more than ", kMost, " ports are compared; give each range of ports a frontend"));
    }
    for (std::int64_t port = low; port <= high; ++port) ports.push_back(key("port", port));
  }
  return any(std::move(ports));
}

/// So many servers of a backend take traffic.
base::Result<Formula> servers_formula(const AclTest& test, Scope& scope) {
  const std::string_view name = test.sample.fetch.argument(0);
  const Proxy* const backend = name.empty() ? &scope.proxy() : scope.shared().model.backend(name);
  if (backend == nullptr || backend->backend.empty()) {
    return base::fail(concat("there is no backend \"", base::printable(name, 64),
                             "\" with servers; mend the name"));
  }
  const auto at_least = [&](std::int64_t number) {
    if (number <= 0) return always();
    if (number > 1024) return never();
    JsonTree healthy;
    healthy["backend"] = backend->backend;
    if (number > 1) healthy["at_least"] = number;
    return key("healthy", std::move(healthy));
  };
  std::vector<Range> ranges = test.ranges;
  if (ranges.empty()) ranges.push_back(Range{.low = 1});
  std::vector<Formula> parts;
  for (const Range& range : ranges) {
    Formula below = range.high >= 1024
                        ? always()
                        : negation(at_least(std::max<std::int64_t>(range.high, -1) + 1));
    parts.push_back(all(at_least(range.low), std::move(below)));
  }
  return any(std::move(parts));
}

/// One server of a backend; hapair asks of the whole of it.
base::Result<Formula> server_up_formula(const AclTest& test, Scope& scope) {
  const std::string_view of = test.sample.fetch.argument(0);
  const std::size_t slash = of.find('/');
  const std::string_view name = slash == std::string_view::npos ? "" : of.substr(0, slash);
  const Proxy* const backend = name.empty() ? &scope.proxy() : scope.shared().model.backend(name);
  if (backend != nullptr && !backend->backend.empty()) {
    const auto is_server = [](const Line* each) { return each->keyword() == "server"; };
    if (std::ranges::count_if(backend->lines, is_server) == 1) {
      JsonTree healthy;
      healthy["backend"] = backend->backend;
      return truth(test, key("healthy", std::move(healthy)));
    }
  }
  return base::fail(concat("whether the server ", base::printable(of, 64),
                           " is up can't be asked, but for a backend with no other (`healthy`); "
                           "give it a backend of its own"));
}

base::Result<Formula> tls_text_formula(const AclTest& test) {
  const std::string& name = test.sample.fetch.name;
  if (test.how != Compared::kStr) {
    return base::fail(concat(name, " is compared whole only; list the values"));
  }
  if (name == "ssl_fc_protocol") {
    std::vector<std::string> versions;
    for (const std::string& each : test.patterns) {
      if (each == "TLSv1.2") versions.emplace_back("1.2");
      if (each == "TLSv1.3") versions.emplace_back("1.3");
    }
    return one_of("tls_version", versions);
  }
  return one_of("alpn", test.patterns);
}

base::Result<Formula> user_formula(const AclTest& test) {
  const std::string_view list = test.sample.fetch.argument(0);
  if (list.empty()) return base::fail("http_auth names no userlist; write http_auth(NAME)");
  Formula user{.kind = Formula::Kind::kUser};
  user.name = list;
  if (test.sample.fetch.name == "http_auth_group") {
    if (test.how != Compared::kStr || test.patterns.empty()) {
      return base::fail("groups are compared whole; list them");
    }
    for (const std::string& group : test.patterns) user.name += concat("\n", group);
    return user;
  }
  return truth(test, std::move(user));
}

base::Result<Formula> sni_formula(const AclTest& test, Scope& scope, Remarks& remarks) {
  bool ignore_case = test.ignore_case;
  for (const Call& each : test.sample.converters) {
    if (each.name != "lower") {
      return base::fail(
          concat("hapair has nothing like the converter ", each.name, "; list the names in `sni`"));
    }
    ignore_case = true;
  }
  TextTest text{.how = test.how, .ignore_case = ignore_case, .texts = test.patterns, .ranges = {}};
  for (const std::string& file : test.files) {
    const auto lines = scope.shared().maps.lines_of(file, true);
    if (!lines) return std::unexpected(lines.error());
    text.texts.insert(text.texts.end(), lines->begin(), lines->end());
    remarks.changed.push_back(
        concat("stands in the config as ", base::printable(file, 64), " was at the import"));
  }
  return server_name_formula(text);
}

/// What hapair does not know of: why, and what to do.
struct Unknown {
  std::string_view name;  ///< or how it begins, with '*'
  std::string_view instead;
};
constexpr auto kUnknown = std::to_array<Unknown>({
    {"rand", "rules draw no lots; share traffic out by the servers' `weight`"},
    {"avg_queue", "rules don't look at queues; backends have `max_queue` and `timeouts.queue`"},
    {"queue", "rules don't look at queues; backends have `max_queue` and `timeouts.queue`"},
    {"connslots",
     "rules don't count free places; servers have `max_connections`, and requests wait"},
    {"be_conn*", "rules don't count a backend's connections; servers have `max_connections`"},
    {"fe_conn", "rules don't count a frontend's connections; it has `max_connections`"},
    {"be_sess_rate", "rules don't look at rates of a backend; it has `rate_limit` for each client"},
    {"fe_*", "rules don't look at rates of a frontend; it has `rate_limit` for each client"},
    {"dst", "rules don't look at the address that was connected to; give it a frontend of its own"},
    {"src_port", "rules don't look at the client's port; use `source`"},
    {"req.hdr_ip",
     "addresses in fields are not to be trusted as such; name your proxies in "
     "`trusted_proxies`, and use src"},
    {"req.hdr_val", "numbers in fields are not compared; for bodies there is `limits.body`"},
    {"req.body*", "rules don't look into bodies; for their size there is `limits.body`"},
    {"req.payload", "rules don't look into what connections carry"},
    {"req.payload_lv", "rules don't look into what connections carry"},
    {"payload", "rules don't look into what connections carry"},
    {"query", "the whole query is no key of a match; ask for its parameters by url_param"},
    {"req.ver",
     "rules don't look at the version of HTTP; a bind's `protocols` says which there are"},
    {"ssl_c_*",
     "rules ask only whether a client has shown a good certificate "
     "(`client_certificate`); servers are told more (`pass_client_certificate`)"},
    {"date", "only times of the day in UTC can be compared (`time`); write them so"},
    {"status", "rules judge requests, before there is a response"},
    {"res.*", "rules judge requests, before there is a response"},
    {"lua.*", "hapair runs no Lua; ask a service by `forward_auth`, or let the server decide"},
    {"env", "variables are not compared; write the rule for the one value"},
    {"srv_*", "rules don't look at single servers"},
    {"distcc*", "hapair doesn't speak distcc"},
    {"wurfl*", "hapair has no such data; let the server look"},
    {"51d*", "hapair has no such data; let the server look"},
});

/// In UTC, of a time such as date,utime(%H%M).
std::optional<base::Result<Formula>> time_formula(const AclTest& test) {
  if (test.sample.fetch.name != "date" || test.sample.converters.size() != 1) return std::nullopt;
  const Call& call = test.sample.converters[0];
  const std::string_view form = call.argument(0);
  if (call.name != "utime" || (form != "%H%M" && form != "%H")) return std::nullopt;
  std::vector<Formula> parts;
  for (const std::string& text : test.patterns) {
    const std::size_t colon = text.find(':');
    const auto from = base::parse_unsigned(text.substr(0, colon));
    const auto to =
        base::parse_unsigned(colon == std::string::npos ? text : text.substr(colon + 1));
    const std::uint64_t most = form == "%H" ? 23 : 2359;
    if (test.how != Compared::kInt || !from || !to || *to > most || *from > *to) {
      return base::fail("times are compared as ranges, such as -m int 0800:1759; write one");
    }
    const auto clock = [&](std::uint64_t number, bool end) {
      std::uint64_t minutes = form == "%H" ? number * 60 : number / 100 * 60 + number % 100;
      if (end) minutes += form == "%H" ? 60U : 1U;
      const auto two = [](std::uint64_t n) { return concat(n < 10 ? "0" : "", n); };
      return concat(two(minutes / 60), ":", two(minutes % 60));
    };
    JsonTree time;
    time["from"] = clock(*from, false);
    time["until"] = clock(*to, true);
    parts.push_back(key("time", std::move(time)));
  }
  return any(std::move(parts));
}

base::Result<Formula> map_formula(const AclTest& test, Scope& scope, Remarks& remarks) {
  const Call& call = test.sample.converters.back();
  const std::string_view kind = map_kind_of(call.name);
  const std::string map_key = map_key_of(test.sample, test.sample.converters.size() - 1);
  if (test.how != Compared::kFound || kind.empty() || map_key.empty() ||
      call.arguments.size() != 1) {
    return base::fail(
        concat("of a map a match can ask only whether it has a key "
               "(map, map_beg, map_dom, map_ip with -m found), not what stands there; "
               "write one list for each answer"));
  }
  if (scope.is_tcp()) return base::fail("maps are for requests; in mode tcp write the list itself");
  const auto map = scope.shared().maps.name_of(std::string(call.argument(0)), kind);
  if (!map) return std::unexpected(map.error());
  if (kind == "domain") {
    remarks.changed.emplace_back("the key is the domain or one above it, never one in its middle");
  }
  JsonTree look;
  look["name"] = *map;
  look["key"] = map_key;
  return key("map", std::move(look));
}

}  // namespace

std::optional<base::Result<Formula>> surroundings_formula(const AclTest& test, Scope& scope,
                                                          Remarks& remarks) {
  const std::string& name = test.sample.fetch.name;
  if (name == "src") return source_formula(test, scope, remarks);
  if (name == "ssl_fc_sni" || name == "req.ssl_sni") return sni_formula(test, scope, remarks);
  if (auto time = time_formula(test)) return time;
  if (!test.sample.converters.empty()) return std::nullopt;
  if (name == "dst_port") return port_formula(test);
  if (name == "ssl_fc") return truth(test, key("tls", true));
  if (name == "ssl_c_used" || name == "ssl_fc_has_crt") {
    return truth(test, key("client_certificate", true));
  }
  if (name == "ssl_c_verify") {
    remarks.changed.emplace_back("hapair refuses clients with a bad certificate by itself");
    return in_ranges(test.ranges, 0) ? always() : never();
  }
  if (name == "req.ssl_hello_type") {
    const bool hello = in_ranges(test.ranges, 1);
    const bool none = in_ranges(test.ranges, 0);
    if (hello && none) return always();
    return hello ? key("tls", true) : negation(key("tls", true));
  }
  if (name == "ssl_fc_protocol" || name == "ssl_fc_alpn" || name == "req.ssl_alpn") {
    return tls_text_formula(test);
  }
  if (name == "nbsrv") return servers_formula(test, scope);
  if (name == "srv_is_up") return server_up_formula(test, scope);
  if (name == "always_true") return truth(test, always());
  if (name == "always_false") return truth(test, never());
  if (name == "wait_end") return always();
  if (name == "req.proto_http")
    return scope.is_tcp() ? std::optional<base::Result<Formula>>() : always();
  if (name == "bool")
    return in_ranges(test.ranges,
                     test.sample.fetch.argument(0) == "true" || test.sample.fetch.argument(0) == "1"
                         ? 1
                         : 0)
               ? always()
               : never();
  if (name == "http_auth" || name == "http_auth_group") return user_formula(test);
  return std::nullopt;
}

base::Result<Formula> formula_of(const AclTest& test, Scope& scope, Remarks& remarks) {
  const Sample& sample = test.sample;
  if (TableBook::is_counter(sample)) {
    const auto counted = scope.shared().tables.counted(sample, scope.proxy(), remarks);
    if (!counted) return std::unexpected(counted.error());
    std::vector<Range> ranges = test.ranges;
    if (ranges.empty()) ranges.push_back(Range{.low = 1});
    return scope.shared().tables.over(*counted, ranges);
  }
  if (sample.fetch.name == "var") return variable_formula(test, scope, remarks);
  if (!sample.converters.empty() && sample.converters.back().name.starts_with("map")) {
    return map_formula(test, scope, remarks);
  }
  if (auto formula = request_formula(test, scope, remarks)) return *std::move(formula);
  if (auto formula = surroundings_formula(test, scope, remarks)) return *std::move(formula);
  for (const Unknown& each : kUnknown) {
    const bool open = each.name.ends_with('*');
    const std::string_view begin = each.name.substr(0, each.name.size() - (open ? 1 : 0));
    if (open ? sample.fetch.name.starts_with(begin) : sample.fetch.name == begin) {
      return base::fail(std::string(each.instead));
    }
  }
  return base::fail(concat("hapair's rules don't look at ", to_string(sample),
                           "; see what a `match` can ask in docs/configuration.md"));
}

}  // namespace hapair::importing::haproxy
