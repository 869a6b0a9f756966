#include "apps/hapair/import/keepalived/vip_addresses.hpp"

#include <algorithm>
#include <array>

#include "apps/hapair/import/keepalived/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;

constexpr std::array<std::string_view, 4> kScopes{"global", "site", "link", "host"};
/// Words that stand alone and change nothing that hapair does not do anyway.
constexpr std::array<std::string_view, 7> kIdleWords{
    "-nodad", "nodad", "noprefixroute", "home", "mngtmpaddr", "autojoin", "no_track"};
constexpr std::size_t kMaxLabel = 15;

class Addresses {
 public:
  Addresses(Work& work, const VipInput& vip, JsonTree& out)
      : work_(work), vip_(vip), out_(out["addresses"]) {
    out_ = JsonTree::list();
    fact_.name = vip.name;
  }

  void run() {
    for (const Member& member : vip_.members) {
      for (const Statement* const list : member.block->all("virtual_ipaddress")) {
        take_list(member, *list, true);
      }
      for (const Statement* const list : member.block->all("virtual_ipaddress_excluded")) {
        take_list(member, *list, false);
      }
    }
    if (out_.empty()) {
      work_.account().undecided(vip_.members.front().block->at, "the instance has no address",
                                "give it a virtual_ipaddress; 192.0.2.100 is a placeholder");
      out_.add("192.0.2.100").comment("DECIDE: a placeholder");
      if (const auto address = base::IpAddress::parse("192.0.2.100")) {
        fact_.addresses.push_back(*address);
      }
    }
    tell_differences();
    work_.context.cluster.vips.push_back(std::move(fact_));
  }

 private:
  void take_list(const Member& member, const Statement& list, bool advertise) {
    if (fact_.addresses.empty()) fact_.at = list.at;
    for (const Statement& line : list.block) take_line(member, line, advertise);
  }

  void take_line(const Member& member, const Statement& line, bool advertise) {
    std::string_view text = line.name();
    const std::string_view given = text;
    const std::string_view host = base::take_part(text, '/');
    const auto address = base::IpAddress::parse(host);
    if (!address) {
      work_.account().undecided(line.at, concat("\"", base::printable(given), "\" is no address"),
                                "mend it; the import leaves it out");
      return;
    }
    const auto known = std::ranges::find(fact_.addresses, *address);
    const bool is_new = known == fact_.addresses.end();
    if (is_new) {
      if (fact_.addresses.empty()) fact_.at = line.at;
      fact_.addresses.push_back(*address);
      where_.push_back({*address, {}, line.at});
    }
    auto& nodes = where_[static_cast<std::size_t>(std::ranges::find(fact_.addresses, *address) -
                                                  fact_.addresses.begin())]
                      .nodes;
    nodes.push_back(member.node);
    if (given.contains('/')) tell_prefix(line, *address, text);
    if (advertise && address->family() != vip_.family) {
      work_.account().wrong(line.at,
                            concat("keepalived passes over ", address->to_string(),
                                   ", which is of another family than the instance: it belongs "
                                   "into virtual_ipaddress_excluded"),
                            "it is meant, and moves along without standing in adverts");
    }
    JsonTree entry;
    entry["address"] = address->to_string();
    read_words(member, line, *address, entry);
    if (!advertise && address->family() == vip_.family) entry["advertise"] = false;
    if (!is_new) return;
    const bool plain = entry.members().size() == 1;
    JsonTree& item = out_.add(plain ? JsonTree(address->to_string()) : std::move(entry));
    work_.carry(item, line);
  }

  void tell_prefix(const Statement& line, const base::IpAddress& address, std::string_view length) {
    const std::int64_t longest = address.is_v4() ? 32 : 128;
    const auto given = whole_number(length, 0, longest);
    if (!given) {
      return work_.account().wrong(
          line.at,
          concat("\"/", base::printable(length), "\" is no prefix length of 0 to ", longest),
          "the address alone");
    }
    if (*given == longest) return;
    work_.account().changed(
        line.at, concat("the prefix length /", base::printable(length),
                        " is left out: the node's own address makes the network's route, and a "
                        "wider VIP could take that address with it"));
  }

  void read_words(const Member& member, const Statement& line, const base::IpAddress& address,
                  JsonTree& entry) {
    for (std::size_t i = 1; i < line.words.size(); ++i) {
      const std::string_view word = line.word(i);
      if (std::ranges::find(kIdleWords, word) != kIdleWords.end()) {
        work_.account().not_needed(line.place_of(i),
                                   concat("\"", word, "\": hapair's addresses are such anyway"));
        continue;
      }
      const std::string_view value = line.word(++i);
      if (word == "dev" && value.empty()) {
        work_.account().wrong(line.at, "nothing stands behind \"dev\"", "it is passed over");
      } else if (word == "dev") {
        const std::string network = network_of(work_, vip_, member.node, value);
        if (!network.empty()) entry["network"] = network;
      } else if (word == "label") {
        write_label(line, address, value, entry);
      } else if (word == "scope") {
        write_scope(line, value, entry);
      } else if (word == "brd" || word == "broadcast") {
        work_.account().not_needed(line.at,
                                   "\"brd\": an address without a network has no "
                                   "broadcast address of its own");
      } else if (word == "preferred_lft" || word == "peer") {
        work_.account().not_supported(
            line.at, concat("\"", word, "\" has no counterpart; the address is put on without"));
      } else {
        work_.account().wrong(line.place_of(i - 1),
                              concat("\"", base::printable(word),
                                     "\" is nothing that an address can have; each address "
                                     "stands on a line of its own"),
                              "it is passed over");
        --i;
      }
    }
  }

  void write_label(const Statement& line, const base::IpAddress& address, std::string_view value,
                   JsonTree& entry) {
    if (!address.is_v4()) {
      work_.account().not_needed(line.at, "\"label\": IPv6 addresses have none");
    } else if (value.empty() || value.size() > kMaxLabel) {
      work_.account().wrong(line.at, "a label has 1 to 15 characters", "none");
    } else {
      entry["label"] = value;
    }
  }

  void write_scope(const Statement& line, std::string_view value, JsonTree& entry) {
    if (std::ranges::find(kScopes, value) == kScopes.end()) {
      work_.account().changed(line.at, concat("the scope ", base::printable(value),
                                              " is \"global\": hapair knows global, site, link "
                                              "and host"));
    } else if (value != "global") {
      entry["scope"] = value;
    }
  }

  /// keepalived backups drop adverts with addresses that differ from their own.
  void tell_differences() {
    std::set<std::size_t> with_file;
    for (const Member& member : vip_.members) with_file.insert(member.node);
    for (const Where& each : where_) {
      if (std::ranges::all_of(with_file, [&](std::size_t node) {
            return std::ranges::find(each.nodes, node) != each.nodes.end();
          })) {
        continue;
      }
      work_.account().wrong(each.at,
                            concat(each.address.to_string(),
                                   " is not in the files of all nodes: a backup drops adverts "
                                   "whose addresses are not its own, and becomes a second master"),
                            "all nodes have it");
    }
  }

  struct Where {
    base::IpAddress address;
    std::vector<std::size_t> nodes;
    Place at;
  };

  Work& work_;
  const VipInput& vip_;
  JsonTree& out_;
  VipFact fact_{};
  std::vector<Where> where_;
};

}  // namespace

void write_addresses(Work& work, const VipInput& vip, JsonTree& out) {
  Addresses(work, vip, out).run();
}

std::string network_of(Work& work, const VipInput& vip, std::size_t node,
                       std::string_view interface) {
  JsonTree& nodes = work.config()["cluster"]["nodes"];
  const auto interface_on = [&](std::size_t which, const std::string& network) {
    const JsonTree& tree = nodes[work.nodes[which].name];
    const JsonTree* const all = tree.find("networks");
    const JsonTree* const entry = network.empty() ? &tree : all ? all->find(network) : nullptr;
    const JsonTree* const name = entry == nullptr ? nullptr : entry->find("interface");
    return name == nullptr || name->text() == nullptr ? std::string() : *name->text();
  };
  if (interface_on(node, vip.network) == interface) return {};
  if (const JsonTree* const all = nodes[work.nodes[node].name].find("networks")) {
    for (const JsonTree::Member& each : all->members()) {
      if (interface_on(node, each.key) == interface) return each.key;
    }
  }
  const std::string name = config_name(interface);
  for (const NodeInput& each : work.nodes) {
    JsonTree& network = nodes[each.name]["networks"][name];
    if (!network.contains("interface")) network["interface"] = interface;
  }
  return name;
}

}  // namespace hapair::importing::keepalived
