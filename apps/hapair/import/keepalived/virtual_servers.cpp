// LVS virtual servers become frontends and backends in mode tcp. LVS passes packets on in the
// kernel; hapair is a proxy: servers see the node's address, and answer to it. The report says so
// at each.
#include <algorithm>
#include <array>

#include "apps/hapair/import/keepalived/free_key.hpp"
#include "apps/hapair/import/keepalived/server_checks.hpp"
#include "apps/hapair/import/keepalived/stages.hpp"
#include "apps/hapair/import/keepalived/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;

constexpr std::int64_t kMostPort = 65535;

struct Scheduler {
  std::string_view name;
  std::string_view balance;
  std::string_view note;  ///< empty: it is the same
};
constexpr std::array<Scheduler, 14> kSchedulers{{
    {"rr", "roundrobin", "by weight, too: leave weights out where all are to get the same"},
    {"wrr", "roundrobin", ""},
    {"lc", "leastconn", "by weight, too"},
    {"wlc", "leastconn", ""},
    {"lblc", "leastconn", "one destination has no locality to keep"},
    {"lblcr", "leastconn", "one destination has no locality to keep"},
    {"sh", "source", "a consistent hash of the client's address"},
    {"mh", "source", "a consistent hash of the client's address"},
    {"dh", "source", "a hash of the client's address: there is one destination only"},
    {"sed", "leastconn", "which is nearest to it"},
    {"nq", "leastconn", "which is nearest to it"},
    {"fo", "first", "by the order in the file, not by weight"},
    {"ovf", "first", "give servers `max_connections`"},
    {"twos", "random", ""},
}};

class VirtualServers {
 public:
  explicit VirtualServers(Work& work) : work_(work) {}

  void run() {
    for (const NodeInput& node : work_.nodes) {
      for (const Statement* const block : node.root.all("virtual_server")) take(node, *block);
    }
  }

 private:
  void take(const NodeInput& node, const Statement& block) {
    std::string label;
    for (std::size_t i = 1; i < block.words.size(); ++i) {
      label += concat(label.empty() ? "" : " ", block.word(i));
    }
    if (block.word(1) == "fwmark") {
      work_.account().not_supported(block.at,
                                    "a virtual server by firewall mark: name its addresses and "
                                    "ports as `bind` of a frontend");
      return work_.settle(block);
    }
    if (!is_tcp(block)) return;
    asked_.clear();
    JsonTree binds = JsonTree::list();
    if (block.word(1) == "group") {
      bind_group(node, block, binds);
    } else {
      bind_one(block, block.word(1), block.word(2), binds);
    }
    tell_wider();
    if (binds.empty()) return work_.settle(block);
    if (!done_.insert(label).second) return;  // the other node's file has it too
    tell_taken();
    const std::string name =
        free_key(work_.config().find("frontends"), config_name(concat("lvs_", label)));
    JsonTree& frontend = work_.config()["frontends"][name];
    work_.carry(frontend, block);
    frontend["mode"] = "tcp";
    frontend["bind"] = std::move(binds);
    frontend["default_backend"] = name;
    write_backend(block, work_.config()["backends"][name]);
    work_.account().changed(
        block.at, concat("is the frontend and backend ", name,
                         " in mode tcp: connections end at hapair and begin anew, so servers see "
                         "the node's address (`send_proxy` tells them the client's), and need "
                         "neither the VIP on a loopback interface nor a route by the director"));
  }

  bool is_tcp(const Statement& block) {
    const Statement* const protocol = block.last("protocol");
    const std::string word = protocol == nullptr ? "tcp" : base::ascii_lowered(protocol->word(1));
    if (word == "tcp") {
      if (protocol == nullptr) {
        work_.account().wrong(block.at, "no protocol is named, and keepalived 2 takes UDP then",
                              "TCP is meant");
      }
      return true;
    }
    work_.account().not_supported(
        block.at, concat("hapair balances TCP, not ", base::printable(word),
                         "; keep LVS for this one, and let keepalived run beside hapair without "
                         "vrrp_instance"));
    work_.settle(block);
    return false;
  }

  void bind_one(const Statement& line, std::string_view address, std::string_view port,
                JsonTree& binds) {
    const auto parsed = base::IpAddress::parse(address);
    const auto number = whole_number(port, 1, kMostPort);
    if (!parsed || !number) {
      work_.account().undecided(line.at,
                                concat("\"", base::printable(address), " ", base::printable(port),
                                       "\" is no address and port", port == "0" ? " (0: any)" : ""),
                                "name the port; the import leaves the virtual server out");
      return;
    }
    JsonTree bind;
    if (const VipFact* const vip = work_.context.cluster.vip_with(*parsed)) {
      bind["vip"] = vip->name;
      asked_.push_back({.at = line.at, .vip = vip, .port = *number, .address = *parsed});
      for (const JsonTree& known : binds.items()) {
        const JsonTree* const name = known.find("vip");
        if (name != nullptr && *name->text() == vip->name &&
            *known.find("port")->number() == *number) {
          return;  // a bind of a VIP is all of its addresses
        }
      }
    } else if (work_.context.cluster.node_with(*parsed) != nullptr) {
      bind["node"] = true;
      work_.account().wrong(line.at,
                            concat(address, " is a node's own address: no failover reaches it"),
                            "each node listens on its own address; bind a VIP");
    } else {
      bind["address"] = parsed->to_string();
      if (!work_.vips.empty() && !parsed->is_any()) {
        work_.account().wrong(
            line.at, concat(address, " is in no vrrp_instance: nothing moves it between the nodes"),
            "it is on each node by other means");
      }
    }
    bind["port"] = *number;
    binds.add(std::move(bind));
  }

  /// A bind of a VIP is all of its addresses, which may be more than were asked for.
  void tell_wider() {
    for (const AskedBind& each : asked_) {
      std::vector<base::IpAddress> here;
      for (const AskedBind& other : asked_) {
        if (other.vip == each.vip && other.port == each.port) here.push_back(other.address);
      }
      const std::string text = wider_bind(*each.vip, here);
      if (!text.empty()) work_.account().changed(each.at, text);
    }
  }

  void tell_taken() {
    for (TakenBind& each : take_binds(work_.context.cluster, work_.context.sources, asked_)) {
      work_.account().undecided(each.at, std::move(each.what), std::move(each.decide));
    }
  }

  void bind_group(const NodeInput& node, const Statement& block, JsonTree& binds) {
    for (const Statement* const group : node.root.all("virtual_server_group")) {
      if (group->word(1) != block.word(2)) continue;
      for (const Statement& line : group->block) {
        if (line.name() == "fwmark" || line.name().contains('-')) {
          work_.account().not_supported(line.at,
                                        "ranges and firewall marks: name each address and port");
          continue;
        }
        bind_one(line, line.name(), line.word(1), binds);
      }
      return;
    }
    work_.account().undecided(
        block.at, concat("there is no virtual_server_group ", base::printable(block.word(2))),
        "the import leaves the virtual server out");
  }

  // --- the backend ---

  void write_backend(const Statement& block, JsonTree& out) {
    block_ = &block;
    write_balance(block, out);
    if (const Statement* const line = block.last("persistence_timeout")) {
      const auto time = microseconds_of(line->word(1).empty() ? "360" : line->word(1));
      if (time && *time >= 1'000'000) {
        out["stick"]["on"] = "source";
        out["stick"]["expire"] = duration_text(*time);
      }
    }
    std::vector<const Statement*> servers = block.all("real_server");
    JsonTree& list = out["servers"];
    CheckPlan plan(work_, block, servers);
    for (const Statement* const server : servers) add_server(*server, list, plan);
    if (const Statement* const sorry = block.last("sorry_server")) {
      add_sorry(*sorry, list);
    }
    if (list.empty()) {
      work_.account().undecided(block.at, "the virtual server has no real_server",
                                "give it one; 192.0.2.200 is a placeholder");
      list["placeholder"]["address"] = "192.0.2.200:80";
      list["placeholder"].comment("DECIDE: a placeholder");
    }
    plan.write(out);
  }

  void write_balance(const Statement& block, JsonTree& out) {
    const Statement* line = block.last("lb_algo");
    if (line == nullptr) line = block.last("lvs_sched");
    if (line == nullptr) {
      out["balance"] = "leastconn";
      return;
    }
    const auto found = std::ranges::find(kSchedulers, line->word(1), &Scheduler::name);
    if (found == kSchedulers.end()) {
      out["balance"] = "leastconn";
      work_.account().wrong(
          line->at,
          concat("\"", base::printable(line->word(1)), "\" is no scheduler that is known"),
          "leastconn");
      return;
    }
    out["balance"] = found->balance;
    work_.carry(out["balance"], *line);
    if (!found->note.empty()) {
      work_.account().changed(line->at,
                              concat("is `balance` \"", found->balance, "\" (", found->note, ")"));
    }
  }

  /// Its way of packets leaves ports as they are: keepalived takes the virtual server's.
  [[nodiscard]] bool keeps_port(const Statement& server) const {
    for (const Statement* const level : {&server, block_}) {
      for (const std::string_view name : {"lvs_method", "lb_kind"}) {
        if (const Statement* const line = level->last(name)) return line->word(1) != "NAT";
      }
    }
    return false;
  }

  [[nodiscard]] std::string address_of(const Statement& line) {
    const auto address = base::IpAddress::parse(line.word(1));
    auto port = whole_number(line.word(2), 1, kMostPort);
    const auto clients = whole_number(block_->word(2), 1, kMostPort);
    if (clients && port != clients && block_->word(1) != "group" && keeps_port(line)) {
      if (port) {
        work_.account().wrong(line.at,
                              concat("only NAT changes ports, and keepalived takes ", *clients,
                                     " in place of ", *port),
                              concat("the port ", *clients));
      }
      port = clients;
    }
    if (address && port) {
      return base::Endpoint{*address, static_cast<std::uint16_t>(*port)}.to_string();
    }
    work_.account().undecided(line.at,
                              concat("\"", base::printable(line.word(1)), " ",
                                     base::printable(line.word(2)), "\" is no address and port"),
                              "name both; the import leaves the server out");
    work_.settle(line);
    return {};
  }

  void add_server(const Statement& line, JsonTree& list, CheckPlan& plan) {
    const std::string address = address_of(line);
    if (address.empty()) return;
    const std::string name = server_name(list, line);
    JsonTree& out = list[name];
    work_.carry(out, line);
    out["address"] = address;
    if (const Statement* const weight = line.last("weight")) {
      constexpr std::int64_t kMost = 256;
      const auto given = whole_number(weight->word(1), 0, 65535);
      if (!given) {
        work_.account().wrong(weight->at, "a weight is 0 to 65535", "1");
      } else {
        if (*given > kMost) work_.account().changed(weight->at, "is 256, the most");
        if (*given != 1) out["weight"] = std::min(*given, kMost);
        work_.carry(out, *weight);
      }
    }
    if (const Statement* const most = line.last("uthreshold")) {
      const auto given = whole_number(most->word(1), 1, 1'000'000);
      if (given) out["max_connections"] = *given;
    }
    plan.add_server(line, out);
  }

  void add_sorry(const Statement& line, JsonTree& list) {
    const std::string address = address_of(line);
    if (address.empty()) return;
    JsonTree& out = list[server_name(list, line)];
    work_.carry(out, line);
    out["address"] = address;
    out["backup"] = true;
  }

  static std::string server_name(const JsonTree& list, const Statement& line) {
    const std::string first = config_name(line.word(1));
    if (!list.contains(first)) return first;
    const std::string with_port = config_name(concat(first, "_", line.word(2)));
    return list.contains(with_port) ? free_key(&list, first) : with_port;
  }

  Work& work_;
  std::vector<AskedBind> asked_;      ///< of the virtual server at hand
  const Statement* block_ = nullptr;  ///< likewise
  std::set<std::string> done_;
};

}  // namespace

void write_virtual_servers(Work& work) { VirtualServers(work).run(); }

}  // namespace hapair::importing::keepalived
