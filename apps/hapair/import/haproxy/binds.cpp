// `bind` lines: where a frontend listens. What is a VIP of keepalived's, or a node's own address,
// becomes just that.
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "apps/hapair/import/haproxy/addresses.hpp"
#include "apps/hapair/import/haproxy/bind_tls.hpp"
#include "apps/hapair/import/haproxy/translation.hpp"
#include "apps/hapair/import/haproxy/values.hpp"
#include "apps/hapair/import/haproxy/word_reader.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::size_t kMaxBinds = 64;
constexpr std::int64_t kSecond = 1'000'000;

/// What a frontend says of all its binds.
struct Common {
  std::optional<JsonTree> keepalive;
  std::optional<std::int64_t> backlog;
  std::optional<std::int64_t> handshake;
};

class BindWriter {
 public:
  BindWriter(Translation& all, const Proxy& proxy) : all_(all), proxy_(proxy) { find_common(); }

  void write(const Line& line, std::size_t first) {
    const auto words = read_words(all_.report, line, first + 1, bind_keywords());
    all_.report.kept(line.at);
    const std::size_t before = list_.items().size();
    for (const auto each : base::split(line.word(first), ',')) {
      if (!each.empty()) write_address(line, first, each, words);
    }
    if (list_.items().size() == before) return;
    JsonTree& made = list_.items()[before];
    for (const std::string& comment : line.above) made.comment(comment);
    if (!line.comment.empty()) made.comment(line.comment);
  }

  /// Into the result. IPv6 sockets of HAProxy take IPv4 too, unless they are told not to; hapair's
  /// never do.
  void finish() {
    for (const AnySix& each : any_six_) {
      if (std::ranges::find(any_four_, each.port) != any_four_.end()) continue;
      all_.report.changed(each.at,
                          "`::` is IPv6 alone in hapair, so a bind for IPv4 stands beside");
      JsonTree four = each.bind;
      four["address"] = "*";
      add(each.at, std::move(four));
    }
    tell_wider();
    tell_taken();
    all_.frontend(proxy_)["bind"] = std::move(list_);
  }

 private:
  struct AnySix {
    Place at;
    std::uint32_t port = 0;
    JsonTree bind;
  };

  /// A bind of a VIP is all of its addresses, which may be more than were asked for.
  void tell_wider() {
    std::map<std::pair<const VipFact*, std::int64_t>, std::vector<base::IpAddress>> here;
    for (const AskedBind& each : asked_) here[{each.vip, each.port}].push_back(each.address);
    std::string told;  // a range of ports is told of once
    Place place;
    for (const AskedBind& each : asked_) {
      std::string text = wider_bind(*each.vip, here[{each.vip, each.port}]);
      if (!text.empty() && (told != text || each.at != place)) {
        all_.report.changed(each.at, text);
      }
      told = std::move(text);
      place = each.at;
    }
  }

  void tell_taken() {
    auto& context = all_.model.context;
    for (const TakenBind& each : take_binds(context.cluster, context.sources, asked_)) {
      all_.report.undecided(each.at, each.what, each.decide);
    }
  }

  void find_common() {
    const Line* kept = all_.keep(proxy_, {"option", "clitcpka"});
    if (const Line* both = all_.keep(proxy_, {"option", "tcpka"}); both != nullptr) kept = both;
    if (kept != nullptr) common_.keepalive = keepalive();
    if (const Line* const line = all_.keep(proxy_, {"backlog"}); line != nullptr) {
      common_.backlog = parse_size(line->word(1));
    }
    common_.handshake =
        all_.time_of(proxy_.setting({"timeout", "client-hs"}), 2, 10'000, 60 * kSecond);
  }

  JsonTree keepalive() {
    JsonTree out;
    const auto idle = all_.time_of(proxy_.setting({"clitcpka-idle"}), 1, kSecond, 32'400 * kSecond);
    const auto interval =
        all_.time_of(proxy_.setting({"clitcpka-intvl"}), 1, kSecond, 32'400 * kSecond);
    const Line* const count = all_.keep(proxy_, {"clitcpka-cnt"});
    if (idle) out["idle"] = duration_text(*idle / kSecond * kSecond);
    if (interval) out["interval"] = duration_text(*interval / kSecond * kSecond);
    if (count != nullptr) {
      if (const auto number = base::parse_unsigned(count->word(1)); number) out["count"] = *number;
    }
    return out.empty() ? JsonTree(true) : out;
  }

  void write_address(const Line& line, std::size_t first, std::string_view text,
                     const std::vector<ReadWord>& words) {
    const auto address = parse_address(text);
    const Place at = line.place(first);
    if (!address) {
      return all_.report.wrong(
          at,
          concat("\"", base::printable(text, 60), "\" is no address with a port from 1 to 65535"),
          "it is left out");
    }
    if (address->form == Address::Form::kOther) {
      return all_.report.not_supported(
          at, concat("hapair can't listen on \"", base::printable(text, 60),
                     "\": write an address and a port, or the path of a Unix socket"));
    }
    JsonTree bind;
    if (address->form == Address::Form::kUnix) {
      bind["unix"] = address->host;
      add_words(line, words, bind);
      return add(at, std::move(bind));
    }
    if (address->port == 0) {
      return all_.report.wrong(at, concat("\"", base::printable(text, 60), "\" names no port"),
                               "it is left out");
    }
    if (!place(*address, at, bind)) return;
    const JsonTree plain = bind;
    for (std::uint32_t port = address->port; port <= address->last_port; ++port) {
      if (list_.items().size() == kMaxBinds) {
        return all_.report.not_supported(
            at, concat("a frontend has at most ", kMaxBinds,
                       " binds: let the kernel redirect a range of ports to one"));
      }
      bind = plain;
      bind["port"] = port;
      add_words(line, words, bind);
      remember_any(*address, at, port, bind, words);
      add(at, bind);
    }
  }

  void remember_any(const Address& address, const Place& at, std::uint32_t port,
                    const JsonTree& bind, const std::vector<ReadWord>& words) {
    if (address.form == Address::Form::kAny) any_four_.push_back(port);
    if (address.form != Address::Form::kAny6) return;
    const bool alone = std::ranges::find(words, "v6only", &ReadWord::name) != words.end();
    if (!alone) any_six_.push_back({.at = at, .port = port, .bind = bind});
  }

  /// Where it listens; false where nobody can say.
  bool place(const Address& address, const Place& at, JsonTree& bind) {
    const ClusterFacts& cluster = all_.model.context.cluster;
    if (address.form == Address::Form::kAny) {
      bind["address"] = "*";
    } else if (address.form == Address::Form::kAny6) {
      bind["address"] = "::";
    } else if (address.form == Address::Form::kName) {
      all_.report.undecided(at,
                            concat("\"", base::printable(address.host, 60),
                                   "\" is a name, and hapair listens on addresses"),
                            "write the address that it stands for");
      return false;
    } else if (const VipFact* const vip = cluster.vip_with(*address.ip); vip != nullptr) {
      bind["vip"] = vip->name;
      for (std::uint32_t port = address.port; port <= address.last_port; ++port) {
        asked_.push_back({.at = at, .vip = vip, .port = port, .address = *address.ip});
      }
    } else if (const NodeFact* const node = cluster.node_with(*address.ip); node != nullptr) {
      place_node(*node, address, at, bind);
    } else {
      bind["address"] = address.ip->to_string();
    }
    return true;
  }

  /// A frontend that serves on one node's own address is not reached after a failover.
  void place_node(const NodeFact& node, const Address& address, const Place& at, JsonTree& bind) {
    const auto& vips = all_.model.context.cluster.vips;
    const bool traffic = !proxy_.backend.empty() ||
                         proxy_.setting({"default_backend"}) != nullptr ||
                         proxy_.setting({"use_backend"}) != nullptr;
    const std::string what = concat(address.host, " is ", node.name,
                                    "'s own address, not the VIP: a failover would not reach it");
    if (!traffic || vips.empty()) {
      all_.report.changed(at, "each node listens on its own address");
      bind["node"] = true;
    } else if (vips.size() == 1) {
      all_.report.wrong(at, what, concat("it listens on the VIP ", vips.front().name));
      bind["vip"] = vips.front().name;
    } else {
      all_.report.undecided(at, what, "write `vip` and the name of the VIP that is meant");
      bind["node"] = true;
    }
  }

  void add_words(const Line& line, const std::vector<ReadWord>& words, JsonTree& bind) {
    for (const ReadWord& word : words) {
      if (word.name == "accept-proxy") bind["accept_proxy"] = true;
      if (word.name == "backlog") {
        if (const auto number = parse_size(word.value); number) bind["backlog"] = *number;
      }
      if (word.name == "maxconn") set_limit(word);
      if (word.name == "proto") bind["protocols"] = protocols(word.value);
    }
    if (common_.backlog && !bind.contains("backlog")) bind["backlog"] = *common_.backlog;
    if (common_.keepalive && !bind.contains("unix")) bind["tcp_keepalive"] = *common_.keepalive;
    if (std::ranges::find(words, "ssl", &ReadWord::name) == words.end()) return;
    JsonTree tls = bind_tls(all_, proxy_, line, words);
    if (common_.handshake) tls["handshake_timeout"] = duration_text(*common_.handshake);
    bind["tls"] = std::move(tls);
    bind.remove("protocols");
  }

  static JsonTree protocols(std::string_view value) {
    JsonTree out = JsonTree::list();
    out.add(value == "h2" ? "h2" : "http/1.1");
    return out;
  }

  void set_limit(const ReadWord& word) {
    const auto number = base::parse_unsigned(word.value);
    JsonTree& tree = all_.frontend(proxy_);
    if (number && *number > 0 && !tree.contains("max_connections")) {
      tree["max_connections"] = *number;
    }
  }

  /// A VIP has one bind for a port, whichever of its addresses are named.
  void add(const Place& at, JsonTree bind) {
    const JsonTree* const vip = bind.find("vip");
    for (const JsonTree& each : list_.items()) {
      const JsonTree* const other = each.find("vip");
      const JsonTree* const node = each.find("node");
      const bool same = vip != nullptr ? other != nullptr && *other->text() == *vip->text()
                                       : bind.contains("node") && node != nullptr;
      if (same && *each.find("port")->number() == *bind.find("port")->number()) {
        return all_.report.changed(at, "one bind stands for all addresses of the VIP");
      }
    }
    list_.add(std::move(bind));
  }

  Translation& all_;
  const Proxy& proxy_;
  JsonTree list_ = JsonTree::list();
  Common common_;
  std::vector<std::uint32_t> any_four_;
  std::vector<AskedBind> asked_;  ///< addresses of VIPs
  std::vector<AnySix> any_six_;
};

}  // namespace

void translate_binds(Translation& all, const Proxy& proxy) {
  if (proxy.frontend.empty()) return;
  BindWriter writer(all, proxy);
  const Line& head = proxy.section->head;
  if (head.words.size() > 2 && head.word(2) != "from") {
    all.report.changed(head.at, "its address is a `bind`");
    writer.write(head, 2);
  }
  for (const Line& line : proxy.section->lines) {
    if (line.keyword() == "bind" && line.words.size() > 1) writer.write(line, 1);
  }
  writer.finish();
}

}  // namespace hapair::importing::haproxy
