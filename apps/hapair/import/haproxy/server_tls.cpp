// TLS to servers, and in what else their connections are spoken to. hapair says it of the backend;
// HAProxy of each server.
#include <algorithm>
#include <optional>
#include <string>

#include "apps/hapair/import/haproxy/addresses.hpp"
#include "apps/hapair/import/haproxy/bind_tls.hpp"
#include "apps/hapair/import/haproxy/server_group.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

/// "str(www.example)" and the like; nullopt where it depends on the request.
std::optional<std::string> constant_name(std::string_view expression) {
  if (!expression.starts_with("str(") || !expression.ends_with(')')) return std::nullopt;
  expression.remove_prefix(4);
  expression.remove_suffix(1);
  while (expression.starts_with('"') || expression.starts_with('\'')) expression.remove_prefix(1);
  while (expression.ends_with('"') || expression.ends_with('\'')) expression.remove_suffix(1);
  return std::string(expression);
}

void write_name(Translation& all, const std::vector<ServerLine>& servers, bool verify,
                JsonTree& tls) {
  if (const ReadWord* const host = common_word(all, servers, "verifyhost"); host != nullptr) {
    tls["name"] = host->value;
  }
  const ReadWord* const sni = common_word(all, servers, "sni");
  if (sni != nullptr) {
    if (const auto name = constant_name(sni->value); name) {
      tls["name"] = *name;
    } else {
      all.report.not_supported(sni->at,
                               concat("`sni`: the name that is asked for is the same for all "
                                      "requests: write it as `tls.name`, here instead of ",
                                      base::printable(sni->value, 60)));
    }
  }
  const bool by_address = std::ranges::any_of(
      servers, [](const ServerLine& each) { return each.words.has("ssl") && !each.by_name; });
  if (verify && by_address && !tls.contains("name")) {
    all.report.changed(servers.front().line->at,
                       "HAProxy takes any name in a server's certificate here; hapair asks for the "
                       "server's address, unless `tls.name` says a name");
  }
}

void write_policy(Translation& all, const std::vector<ServerLine>& servers, JsonTree& tls) {
  const TlsDefaults& base = all.tls;
  const auto set = [&](std::string_view word, std::string_view key, std::string_view standard) {
    const ReadWord* const found = common_word(all, servers, word);
    const std::string_view value = found != nullptr ? found->value : standard;
    if (!value.empty()) tls[key] = value;
  };
  set("ciphers", "ciphers", base.server_ciphers);
  set("ciphersuites", "ciphersuites", base.server_ciphersuites);
  set("curves", "curves", "");
  std::string lowest = base.server_min_version;
  if (const ReadWord* const word = common_word(all, servers, "ssl-min-ver"); word != nullptr) {
    lowest = min_version(word->value);
  }
  for (const std::string_view word : {"force-tlsv13", "no-tlsv12"}) {
    if (common_word(all, servers, word) != nullptr) lowest = "1.3";
  }
  if (!lowest.empty()) tls["min_version"] = lowest;
}

JsonTree backend_tls(Translation& all, const std::vector<ServerLine>& servers) {
  JsonTree tls;
  const ReadWord* const verifies = common_word(all, servers, "verify");
  const bool verify = verifies != nullptr ? verifies->value != "none" : all.tls.verify_servers;
  if (!verify) tls["verify"] = false;
  if (const ReadWord* const ca = common_word(all, servers, "ca-file");
      ca != nullptr && verify && !ca->value.starts_with('@')) {
    tls["ca"] = in_folder(all.tls.ca_base, ca->value);
  }
  if (const ReadWord* const own = common_word(all, servers, "crt"); own != nullptr) {
    tls["certificate"] = in_folder(all.tls.crt_base, own->value);
  }
  write_name(all, servers, verify, tls);
  write_policy(all, servers, tls);
  arrange(tls, {"verify", "ca", "name", "certificate", "key", "min_version"});
  return tls;
}

/// What each server says for itself, and the backend where all say the same.
void write_each(JsonTree& tree, const std::vector<ServerLine>& servers, std::string_view key,
                const std::vector<std::optional<JsonTree>>& values) {
  const auto text = [](const std::optional<JsonTree>& each) {
    return each ? each->to_text() : std::string();
  };
  if (values.empty()) return;
  const std::string first = text(values.front());
  if (std::ranges::all_of(values, [&](const auto& each) { return text(each) == first; })) {
    if (values.front()) tree[key] = *values.front();
    return;
  }
  for (std::size_t i = 0; i < servers.size(); ++i) {
    if (values[i]) tree["servers"][servers[i].name][key] = *values[i];
  }
}

std::optional<JsonTree> proxy_header(const ServerWords& words) {
  for (const std::string_view word :
       {"send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn"}) {
    if (words.has(word)) return JsonTree("v2");
  }
  if (words.has("send-proxy")) return JsonTree("v1");
  return std::nullopt;
}

std::optional<JsonTree> protocols(const Proxy& proxy, const ServerWords& words) {
  if (proxy.mode != Mode::kHttp) return std::nullopt;
  if (words.value("proto") == "h2") return protocol_list("h2");
  const std::string alpn = words.value("alpn");
  if (!words.has("ssl") || alpn.find("h2") == std::string::npos) return std::nullopt;
  return protocol_list(alpn);
}

std::optional<JsonTree> source_of(Translation& all, std::string_view text, const Place& at) {
  const auto address = parse_address(text);
  if (!address || address->form != Address::Form::kIp || !address->ip) return std::nullopt;
  JsonTree out;
  const ClusterFacts& cluster = all.model.context.cluster;
  if (cluster.node_with(*address->ip) != nullptr) {
    out["node"] = true;
    all.report.changed(at, "`source`: each node takes its own address");
  } else if (cluster.vip_with(*address->ip) != nullptr) {
    all.report.not_supported(
        at, "`source`: connections can't leave from a VIP, which not every node has");
    return std::nullopt;
  } else {
    out["address"] = address->ip->to_string();
  }
  return out;
}

}  // namespace

void write_server_tls(Translation& all, const Proxy& proxy,
                      const std::vector<ServerLine>& servers) {
  JsonTree& tree = all.backend(proxy);
  std::vector<ServerLine> under_tls;
  for (const ServerLine& each : servers) {
    if (each.words.has("ssl")) under_tls.push_back(each);
  }
  if (!under_tls.empty()) {
    JsonTree tls = backend_tls(all, under_tls);
    tree["tls"] = tls.empty() ? JsonTree(true) : std::move(tls);
    for (const ServerLine& each : servers) {
      if (each.words.has("ssl")) continue;
      all.report.undecided(each.line->at,
                           "hapair speaks TLS to all servers of a backend or to none, and this one "
                           "has none here",
                           "put it into a backend of its own, or give it TLS");
    }
  }
  std::vector<std::optional<JsonTree>> headers;
  std::vector<std::optional<JsonTree>> versions;
  std::vector<std::optional<JsonTree>> sources;
  const Line* const source = proxy.setting({"source"});
  std::optional<JsonTree> common;
  if (source != nullptr) {
    all.report.kept(source->at);
    common = source_of(all, source->word(1), source->at);
    if (source->word(2) == "usesrc") {
      all.report.not_supported(source->place(2),
                               "hapair opens no connections with clients' addresses: use "
                               "`send_proxy`");
    }
  }
  for (const ServerLine& each : servers) {
    headers.push_back(proxy_header(each.words));
    versions.push_back(protocols(proxy, each.words));
    const ReadWord* const own = each.words.find("source");
    sources.push_back(own == nullptr ? common : source_of(all, own->value, own->at));
  }
  write_each(tree, servers, "send_proxy", headers);
  write_each(tree, servers, "protocols", versions);
  write_each(tree, servers, "source", sources);
}

}  // namespace hapair::importing::haproxy
