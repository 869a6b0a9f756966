// `server`, `server-template` and `dispatch`: the servers of a backend.
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apps/hapair/import/haproxy/addresses.hpp"
#include "apps/hapair/import/haproxy/server_group.hpp"
#include "apps/hapair/import/haproxy/server_words.hpp"
#include "apps/hapair/import/haproxy/translation.hpp"
#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::uint64_t kMaxWeight = 256;
constexpr std::uint64_t kMaxConnections = 1'000'000;
constexpr std::uint64_t kMaxSlots = 256;
constexpr std::size_t kMaxServers = 1024;
constexpr std::size_t kMaxCookie = 64;

/// The one port on which clients come to a backend; 0 where there are several or none.
std::uint32_t only_port(const Translation& all, const Proxy& backend) {
  std::set<std::int64_t> ports;
  for (const Proxy& each : all.model.proxies) {
    if (each.frontend.empty()) continue;
    const bool uses = &each == &backend || std::ranges::any_of(each.lines, [&](const Line* line) {
      return (line->keyword() == "default_backend" || line->keyword() == "use_backend") &&
             line->word(1) == backend.section->name;
    });
    const JsonTree* const binds = uses ? all.frontend(each).find("bind") : nullptr;
    if (binds == nullptr || !binds->is_list()) continue;
    for (const JsonTree& bind : binds->items()) {
      if (const JsonTree* const port = bind.find("port"); port != nullptr) {
        ports.insert(*port->number());
      }
    }
  }
  return ports.size() == 1 ? static_cast<std::uint32_t>(*ports.begin()) : 0;
}

class ServerWriter {
 public:
  ServerWriter(Translation& all, const Proxy& proxy) : all_(all), proxy_(proxy) {}

  void take(const Line& line) {
    named_ = named_ || line.keyword() == "server" || line.keyword() == "server-template" ||
             line.keyword() == "dispatch";
    if (line.keyword() == "default-server") {
      defaults_.take(read_words(all_.report, line, 1, server_keywords()));
      all_.report.kept(line.at);
    } else if (line.keyword() == "server" && line.words.size() > 2) {
      begin(line, line.word(1), 3);
      write_address(line, 2, 1);
    } else if (line.keyword() == "server-template" && line.words.size() > 3) {
      begin(line, line.word(1), 4);
      write_template(line);
    } else if (line.keyword() == "dispatch" && line.words.size() > 1) {
      begin(line, "dispatch", 2);
      all_.report.changed(line.at, "the one server of its backend");
      write_address(line, 1, 1);
    } else if (line.keyword() == "server" || line.keyword() == "server-template") {
      all_.report.wrong(line.at, concat("`", line.keyword(), "` needs a name and an address"),
                        "it is left out");
    }
  }

  void finish() {
    JsonTree& tree = all_.backend(proxy_);
    if (!named_) stand_in();
    tree["servers"] = std::move(trees_);
    if (lines_.empty() && named_) {
      all_.report.undecided(proxy_.section->head.at, "none of its servers can be taken",
                            "write at least one server");
    }
    write_server_checks(all_, proxy_, lines_);
    write_server_tls(all_, proxy_, lines_);
    write_server_policies(all_, proxy_, lines_);
  }

 private:
  /// A backend of hapair has servers; HAProxy answers with 503 where there are none.
  void stand_in() {
    JsonTree& none = trees_["none"];
    none["address"] = "127.0.0.1:9";
    none["weight"] = 0;
    none.comment("haproxy.cfg has no server here: what the rules do not answer gets 503");
    all_.report.changed(proxy_.section->head.at,
                        "it has no servers: one of weight 0 stands for them, so that what its "
                        "rules do not answer gets 503");
  }

  void begin(const Line& line, std::string_view name, std::size_t first) {
    current_ = ServerLine{.line = &line, .name = config_name(name), .words = defaults_};
    current_.words.take(read_words(all_.report, line, first, server_keywords()));
    all_.report.kept(line.at);
  }

  /// "prefix 3 name:port" is one server by name, of up to so many addresses.
  void write_template(const Line& line) {
    std::string_view count = line.word(2);  // "5" or "1-5"
    const auto first = base::parse_unsigned(base::take_part(count, '-'));
    const auto last = count.empty() ? first : base::parse_unsigned(count);
    if (!first || !last || *last < *first) {
      return all_.report.wrong(
          line.place(2),
          concat("\"", base::printable(line.word(2), 40), "\" is no number of servers"),
          "it is left out");
    }
    const std::uint64_t slots = count.empty() ? *first : *last - *first + 1;
    write_address(line, 3, std::clamp<std::uint64_t>(slots, 1, kMaxSlots));
  }

  void write_address(const Line& line, std::size_t at, std::uint64_t slots) {
    const std::string_view text = line.word(at);
    const auto address = parse_address(text);
    if (!address || address->form == Address::Form::kUnix ||
        address->form == Address::Form::kOther) {
      return all_.report.not_supported(
          line.place(at), concat("hapair connects to addresses and ports, not to \"",
                                 base::printable(text, 60), "\": let the server listen on one"));
    }
    if (address->form == Address::Form::kAny || address->form == Address::Form::kAny6) {
      return all_.report.undecided(line.place(at),
                                   "the server has no address: HAProxy would connect to the one "
                                   "that clients came to",
                                   "write the server's address");
    }
    JsonTree tree;
    if (address->form == Address::Form::kName && text.starts_with('_')) {
      tree["srv"] = address->host;
      current_.by_name = true;
    } else if (!write_endpoint(*address, line.place(at), tree)) {
      return;
    }
    if (current_.by_name) write_resolve(line, slots, tree);
    write_words(line, tree);
    add(line, std::move(tree));
  }

  bool write_endpoint(const Address& address, const Place& at, JsonTree& tree) {
    std::uint32_t port = address.port;
    if (port == 0 || address.relative) {
      if (!clients_port_) clients_port_ = only_port(all_, proxy_);
      const std::uint32_t clients = *clients_port_;
      if (clients == 0) {
        all_.report.undecided(at,
                              "the server has no port of its own: HAProxy would take the one that "
                              "clients came to",
                              "write the server's port");
        return false;
      }
      all_.report.changed(at,
                          concat("the port that clients come to, ", clients, ", is written out"));
      port += clients;
    }
    current_.by_name = address.form == Address::Form::kName;
    tree["address"] = host_and_port(address, port);
    const ClusterFacts& cluster = all_.model.context.cluster;
    if (address.ip && cluster.vip_with(*address.ip) != nullptr) {
      all_.report.undecided(at,
                            concat(address.host,
                                   " is a VIP of this cluster: requests would go "
                                   "round in a loop"),
                            "write the server's own address");
    }
    return true;
  }

  /// HAProxy takes one address of a name for each server.
  void write_resolve(const Line& line, std::uint64_t slots, JsonTree& tree) {
    JsonTree& resolve = tree["resolve"];
    if (const std::string name = current_.words.value("resolvers"); !name.empty()) {
      if (all_.model.file.find(Kind::kResolvers, name) != nullptr) {
        resolve["resolver"] = config_name(name);
      } else if (name != "default") {
        all_.report.wrong(line.at, concat("there is no resolvers section \"", name, "\""),
                          "the system's nameservers are asked");
      }
    }
    resolve["slots"] = slots;
    const std::string prefer = current_.words.value("resolve-prefer");
    // Without a word HAProxy prefers IPv6 where it asks the DNS itself.
    if (prefer == "ipv6" || (prefer.empty() && resolve.contains("resolver"))) {
      resolve["prefer"] = "ipv6";
    }
  }

  void write_words(const Line& line, JsonTree& tree) {
    const ServerWords& words = current_.words;
    if (const ReadWord* const weight = words.find("weight"); weight != nullptr) {
      const auto number = base::parse_unsigned(weight->value);
      if (tree.contains("srv")) {
        all_.report.not_needed(weight->at, "`weight`: the records of the service have their own");
      } else if (number && *number <= kMaxWeight) {
        if (*number != 1) tree["weight"] = *number;
      } else {
        all_.report.wrong(weight->at, "a weight is 0 to 256", "1 counts");
      }
    }
    const ReadWord* const disabled = words.find("disabled");
    if (disabled != nullptr) {
      tree["weight"] = 0;
      tree.comment("disabled in haproxy.cfg: weight 0 keeps traffic away");
    }
    if (words.has("backup")) tree["backup"] = true;
    if (const auto number = base::parse_unsigned(words.value("maxconn")); number && *number > 0) {
      tree["max_connections"] = std::min(*number, kMaxConnections);
    }
    write_cookie(tree);
    if (disabled != nullptr && tree.contains("cookie")) {
      // Weight 0 keeps clients who have the cookie; HAProxy sends these elsewhere, too.
      tree.comment(concat("its cookie was \"", *tree.find("cookie")->text(), "\""));
      tree.remove("cookie");
      all_.report.changed(disabled->at,
                          "`disabled`: without its `cookie`, so that no client is kept on it");
    }
    write_track(line, tree);
    for (const std::string& comment : line.above) tree.comment(comment);
    if (!line.comment.empty()) tree.comment(line.comment);
  }

  void write_cookie(JsonTree& tree) {
    const ReadWord* const cookie = current_.words.find("cookie");
    if (cookie == nullptr || proxy_.mode != Mode::kHttp || proxy_.setting({"cookie"}) == nullptr) {
      return;
    }
    static constexpr std::string_view kGood =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    if (cookie->value.size() > kMaxCookie ||
        cookie->value.find_first_not_of(kGood) != std::string_view::npos) {
      return all_.report.changed(cookie->at,
                                 "`cookie`: the name of a server in a cookie is letters, digits, - "
                                 "and _; one that derives from the secret takes its place");
    }
    tree["cookie"] = cookie->value;
  }

  void write_track(const Line& line, JsonTree& tree) {
    const std::string track = current_.words.value("track");
    if (track.empty()) return;
    std::string_view server = track;
    std::string backend = proxy_.backend;
    if (track.find('/') != std::string::npos) {
      const Proxy* const other = all_.model.backend(base::take_part(server, '/'));
      if (other == nullptr || other->backend.empty()) {
        return all_.report.undecided(line.at, concat("there is no server \"", track, "\" to track"),
                                     "write the server that is checked");
      }
      backend = other->backend;
    }
    tree["track"] = concat(backend, "/", config_name(server));
  }

  void add(const Line& line, JsonTree tree) {
    if (trees_.contains(current_.name)) {
      return all_.report.wrong(line.place(1),
                               concat("there is another server \"", current_.name, "\""),
                               "it is left out");
    }
    if (lines_.size() == kMaxServers) {
      return all_.report.not_supported(
          line.at, concat("a backend has at most ", kMaxServers, " servers: divide it"));
    }
    trees_[current_.name] = std::move(tree);
    lines_.push_back(current_);
  }

  Translation& all_;
  const Proxy& proxy_;
  ServerWords defaults_;
  ServerLine current_;
  std::optional<std::uint32_t> clients_port_;
  JsonTree trees_;
  bool named_ = false;  ///< some line names a server
  std::vector<ServerLine> lines_;
};

}  // namespace

void translate_servers(Translation& all, const Proxy& proxy) {
  if (proxy.backend.empty()) return;
  ServerWriter writer(all, proxy);
  for (const Line* line : proxy.lines) writer.take(*line);
  writer.finish();
}

}  // namespace hapair::importing::haproxy
