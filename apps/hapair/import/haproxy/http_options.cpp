// What a proxy does with HTTP as such: fields that it adds, connections, compression, ids.
#include <algorithm>
#include <string>

#include "apps/hapair/import/haproxy/translation.hpp"
#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

struct ForwardedFor {
  std::string header = "X-Forwarded-For";
  std::string except{};
};

ForwardedFor read_forwarded_for(Translation& all, const Line& line) {
  ForwardedFor out;
  for (std::size_t at = 2; at < line.words.size(); ++at) {
    if (line.word(at) == "header") {
      out.header = std::string(line.word(++at));
    } else if (line.word(at) == "except") {
      out.except = std::string(line.word(++at));
    }
  }
  all.report.changed(line.at,
                     "what clients say by that name is taken off, but for that of "
                     "`trusted_proxies`");
  return out;
}

/// "src", "src,map_ip(...)", "%[src]", "src_http_req_rate(...)": something asks who the client is.
bool asks_for_client(std::string_view word) {
  for (std::size_t at = word.find("src"); at != std::string_view::npos;
       at = word.find("src", at + 1)) {
    const char before = at == 0 ? ' ' : word[at - 1];
    const char behind = at + 3 < word.size() ? word[at + 3] : ' ';
    constexpr std::string_view kOfName =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:";
    const bool begins = kOfName.find(before) == std::string_view::npos;
    if (begins && (behind == '_' || kOfName.find(behind) == std::string_view::npos)) return true;
  }
  return false;
}

bool asks_for_clients(const Translation& all) {
  return std::ranges::any_of(all.model.file.sections, [](const Section& section) {
    return std::ranges::any_of(section.lines, [](const Line& line) {
      return line.keyword() != "balance" && std::ranges::any_of(line.words, [](const Word& word) {
               return asks_for_client(word.text);
             });
    });
  });
}

/// HAProxy only adds no field for clients of that network; a trusted proxy also names the client
/// that rules see, and so could get around those that ask for it.
void trust(Translation& all, const Proxy& frontend, const Line& line, const std::string& network) {
  if (asks_for_clients(all)) {
    return all.report.changed(
        line.at, concat("`except`: clients of ", base::printable(network, 60),
                        " get the field as all others do. `trusted_proxies` would keep what they "
                        "say, but would make it the client that the rules of this file ask for: "
                        "name there proxies alone"));
  }
  JsonTree& tree = all.frontend(frontend);
  if (!tree.contains("trusted_proxies")) tree["trusted_proxies"] = JsonTree::list();
  JsonTree& list = tree["trusted_proxies"];
  const bool there = std::ranges::any_of(
      list.items(), [&](const JsonTree& each) { return *each.text() == network; });
  if (!there) list.add(network);
}

/// A network as hapair has it: "127.0.0.1" is one too, and so is "10.0.0.0/255.0.0.0".
std::string network_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || text.find('.', slash) == std::string_view::npos) {
    return std::string(text);
  }
  int bits = 0;
  for (const auto part : base::split(text.substr(slash + 1), '.')) {
    for (auto number = base::parse_unsigned(part).value_or(0); number != 0; number &= number - 1) {
      ++bits;
    }
  }
  return concat(text.substr(0, slash + 1), bits);
}

void write_backend_forwarded(Translation& all, const Proxy& proxy) {
  const Line* const line = proxy.setting({"option", "forwardfor"});
  if (line == nullptr || proxy.mode != Mode::kHttp) return;
  const ForwardedFor read = read_forwarded_for(all, *line);
  JsonTree& tree = all.backend(proxy)["forwarded_for"];
  tree = JsonTree(true);
  if (read.header != "X-Forwarded-For") {
    tree = JsonTree();
    tree["header"] = read.header;
  }
}

/// A field with a name of its own is the backend's in the result, for all frontends that it has.
void tell_sharing(Translation& all, const Line& line, const Proxy& backend,
                  const std::string& header) {
  const JsonTree& tree = all.backend(backend)["forwarded_for"];
  const JsonTree* const other = tree.find("header");
  if (other == nullptr || !base::equals_ignoring_case(*other->text(), header)) {
    return all.report.not_supported(
        line.at, concat("backend ", backend.backend,
                        " gets another field, by another line: write a rule with `set_header` and "
                        "%{client_address}"));
  }
  for (const Proxy& each : all.model.proxies) {
    if (each.frontend.empty() || each.mode != Mode::kHttp) continue;
    const auto theirs = backends_of(all, each);
    if (std::ranges::find(theirs, &backend) == theirs.end()) continue;
    const Line* const own = each.setting({"option", "forwardfor"});
    if (own != nullptr) continue;
    all.report.changed(line.at, concat("requests of frontend ", each.frontend, " to backend ",
                                       backend.backend, " get the field, too"));
  }
}

/// A frontend that alone says so adds the field for whichever backend.
void write_frontend_forwarded(Translation& all, const Proxy& proxy) {
  if (const Line* const line = proxy.setting({"option", "forwarded"}); line != nullptr) {
    JsonTree& tree = all.frontend(proxy);
    if (!tree.contains("forwarded_headers")) tree["forwarded_headers"] = JsonTree::list();
    tree["forwarded_headers"].add("Forwarded");
    all.report.changed(line->at, "the field has all that RFC 7239 knows");
  }
  const Line* const line = proxy.setting({"option", "forwardfor"});
  if (line == nullptr) return;
  const ForwardedFor read = read_forwarded_for(all, *line);
  if (!read.except.empty()) trust(all, proxy, *line, network_of(read.except));
  const auto backends = backends_of(all, proxy);
  const bool by_all = std::ranges::all_of(backends, [](const Proxy* each) {
    return each->setting({"option", "forwardfor"}) != nullptr;
  });
  if (by_all && !backends.empty()) return;
  if (base::equals_ignoring_case(read.header, "X-Forwarded-For")) {
    JsonTree& tree = all.frontend(proxy);
    if (!tree.contains("forwarded_headers")) tree["forwarded_headers"] = JsonTree::list();
    tree["forwarded_headers"].add("X-Forwarded-For");
    return;
  }
  for (const Proxy* each : backends) {
    JsonTree& tree = all.backend(*each);
    if (!tree.contains("forwarded_for")) tree["forwarded_for"]["header"] = read.header;
    tell_sharing(all, *line, *each, read.header);
  }
}

/// A network that a backend excepts is trusted where its clients come in.
void trust_of_backends(Translation& all, const Proxy& proxy) {
  for (const Proxy* each : backends_of(all, proxy)) {
    const Line* const line = each->setting({"option", "forwardfor"});
    if (line == nullptr) continue;
    const ForwardedFor read = read_forwarded_for(all, *line);
    if (!read.except.empty()) trust(all, proxy, *line, network_of(read.except));
  }
}

/// HAProxy takes the strictest of what both sides say.
void write_connections(Translation& all, const Proxy& proxy) {
  bool closes = false;
  bool server_closes = false;
  std::vector<const Proxy*> sides = backends_of(all, proxy);
  sides.push_back(&proxy);
  for (const Proxy* side : sides) {
    closes = closes || all.keep(*side, {"option", "httpclose"}) != nullptr ||
             all.keep(*side, {"option", "forceclose"}) != nullptr;
    server_closes = server_closes || all.keep(*side, {"option", "http-server-close"}) != nullptr;
  }
  if (closes || server_closes) {
    all.frontend(proxy)["http"]["connection"] = closes ? "close" : "server-close";
  }
  for (const Proxy* side : sides) {
    (void)all.keep(*side, {"option", "http-keep-alive"});
    (void)all.keep(*side, {"option", "abortonclose"});
    for (auto at = side->lines.rbegin(); at != side->lines.rend(); ++at) {
      if (!(*at)->starts_with({"option", "abortonclose"})) continue;
      if ((*at)->prefix == Prefix::kNo) {
        all.frontend(proxy)["http"]["abort_on_close"] = false;
        all.report.kept((*at)->at);
      }
      break;
    }
  }
}

void write_compression(Translation& all, const Proxy& proxy) {
  JsonTree tree;
  bool given = false;
  std::vector<const Proxy*> sides = backends_of(all, proxy);
  sides.insert(sides.begin(), &proxy);
  for (const Proxy* side : sides) {
    for (const Line* line : side->lines) {
      if (line->keyword() != "compression") continue;
      const std::string_view word = line->word(1);
      if (word == "algo" || word == "algo-res") {
        JsonTree list = JsonTree::list();
        for (std::size_t at = 2; at < line->words.size(); ++at) {
          const std::string_view name = line->word(at);
          if (name == "gzip" || name == "deflate") list.add(name);
        }
        given = given || !list.empty();
        if (list.items().size() > 1 || (!list.empty() && *list.items()[0].text() != "gzip")) {
          tree["algorithms"] = std::move(list);
        }
        all.report.kept(line->at);
      } else if (word == "type" || word == "type-res") {
        JsonTree list = JsonTree::list();
        for (std::size_t at = 2; at < line->words.size(); ++at) {
          const std::string_view name = line->word(at);
          if (list.items().size() < 64) {
            list.add(name.ends_with('/') ? concat(name, "*") : std::string(name));
          }
        }
        if (!list.empty()) tree["types"] = std::move(list);
        all.report.kept(line->at);
      } else if (word == "minsize-res") {
        if (const auto size = parse_size(line->word(2)); size) tree["min_size"] = size_text(*size);
        all.report.kept(line->at);
      }
    }
  }
  if (!given) return;
  all.frontend(proxy)["compression"] = tree.empty() ? JsonTree(true) : std::move(tree);
}

void write_ids(Translation& all, const Proxy& proxy) {
  const Line* const header = all.keep(proxy, {"unique-id-header"});
  const Line* const format =
      all.change(proxy, {"unique-id-format"}, "ids are UUIDs, which nobody can guess");
  if (header == nullptr && format == nullptr) return;
  JsonTree& tree = all.frontend(proxy)["request_id"];
  tree = JsonTree(true);
  if (header != nullptr && !base::equals_ignoring_case(header->word(1), "X-Request-ID")) {
    tree = JsonTree();
    tree["header"] = header->word(1);
  }
}

void write_monitor(Translation& all, const Proxy& proxy) {
  const Line* const line = all.keep(proxy, {"monitor-uri"});
  if (line == nullptr) return;
  std::string_view uri = line->word(1);
  if (const std::size_t query = uri.find('?'); query != std::string_view::npos) {
    uri = uri.substr(0, query);
    all.report.changed(line->at, "a query makes no difference there");
  }
  all.frontend(proxy)["monitor"]["uri"] = uri;
}

void write_reuse(Translation& all, const Proxy& proxy) {
  const Line* const line = all.keep(proxy, {"http-reuse"});
  if (line == nullptr || line->word(1) == "safe" || proxy.mode != Mode::kHttp) return;
  all.backend(proxy)["reuse"] = line->word(1);
}

void write_server_keepalive(Translation& all, const Proxy& proxy) {
  const Line* line = all.keep(proxy, {"option", "srvtcpka"});
  if (const Line* both = all.keep(proxy, {"option", "tcpka"}); both != nullptr) line = both;
  if (line == nullptr) return;
  constexpr std::int64_t kSecond = 1'000'000;
  JsonTree tree;
  const auto idle = all.time_of(proxy.setting({"srvtcpka-idle"}), 1, kSecond, 32'400 * kSecond);
  const auto interval =
      all.time_of(proxy.setting({"srvtcpka-intvl"}), 1, kSecond, 32'400 * kSecond);
  if (idle) tree["idle"] = duration_text(*idle / kSecond * kSecond);
  if (interval) tree["interval"] = duration_text(*interval / kSecond * kSecond);
  if (const Line* const count = all.keep(proxy, {"srvtcpka-cnt"}); count != nullptr) {
    if (const auto number = base::parse_unsigned(count->word(1)); number) tree["count"] = *number;
  }
  all.backend(proxy)["tcp_keepalive"] = tree.empty() ? JsonTree(true) : std::move(tree);
}

}  // namespace

void translate_http_options(Translation& all, const Proxy& proxy) {
  if (!proxy.backend.empty()) {
    write_backend_forwarded(all, proxy);
    write_reuse(all, proxy);
    write_server_keepalive(all, proxy);
  }
  if (proxy.frontend.empty() || proxy.mode != Mode::kHttp) return;
  write_frontend_forwarded(all, proxy);
  trust_of_backends(all, proxy);
  write_connections(all, proxy);
  write_compression(all, proxy);
  write_ids(all, proxy);
  write_monitor(all, proxy);
}

void translate_limits(Translation& all, const Proxy& proxy) {
  if (proxy.frontend.empty()) return;
  const Line* const line = all.keep(proxy, {"maxconn"});
  if (line == nullptr) return;
  const auto number = base::parse_unsigned(line->word(1));
  const JsonTree* const process = all.config().find("process");
  const JsonTree* const most = process == nullptr ? nullptr : process->find("max_connections");
  const std::uint64_t limit = most == nullptr ? 4000 : static_cast<std::uint64_t>(*most->number());
  if (!number || *number == 0) return;
  if (*number > limit) {
    all.report.changed(line->at, concat("`process.max_connections`, ", limit, ", is below it"));
  } else {
    all.frontend(proxy)["max_connections"] = *number;
  }
}

}  // namespace hapair::importing::haproxy
