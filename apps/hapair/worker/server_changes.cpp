#include "apps/hapair/worker/server_changes.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/control/answer.hpp"
#include "apps/hapair/worker/health_wiring.hpp"
#include "apps/hapair/worker/journal_note.hpp"
#include "apps/hapair/worker/tls_wiring.hpp"
#include "apps/hapair/worker/traffic_plan.hpp"
#include "common/base/text.hpp"

namespace hapair::worker {
namespace {

using base::concat;
using control::ActionFault;

constexpr unsigned kMaxWeight = 256;
constexpr std::string_view kInFile = "change it in the file, and reload";

std::unexpected<ActionFault> unknown(std::string_view backend, std::string_view server) {
  return std::unexpected(ActionFault{.status = 404,
                                     .code = "unknown_server",
                                     .message = control::no_server(backend, server),
                                     .remedy = "see GET /v1/servers for the names"});
}

/// In a rule's words: what is wrong, and behind the last semicolon what to do.
ActionFault fault_of(const char* code, const base::Error& rule) {
  const std::size_t end = rule.message.rfind("; ");
  if (end == std::string::npos) return {.status = 400, .code = code, .message = rule.message};
  return {.status = 400,
          .code = code,
          .message = rule.message.substr(0, end),
          .remedy = rule.message.substr(end + 2)};
}

std::string path_of(std::string_view name) {
  const std::size_t slash = name.find('/');
  return concat("backends.", name.substr(0, slash), ".servers.", name.substr(slash + 1));
}

/// "web-3" where a name "web" has servers of its own.
bool belongs_to_name(const config::Backend& backend, std::string_view server) {
  return std::ranges::any_of(backend.servers, [server](const config::Server& each) {
    return each.by_name && server.starts_with(concat(each.name, "-")) &&
           base::parse_unsigned(server.substr(each.name.size() + 1));
  });
}

bool is_vip(const config::Model& model, const base::IpAddress& address) {
  return std::ranges::any_of(model.vips, [&](const config::Vip& vip) { return vip.has(address); });
}

/// Of any node, in any network.
bool is_node_address(const config::Model& model, const base::IpAddress& address) {
  const auto is_at = [&address](const config::Attachment& at) {
    return at.of(address.family()) == address;
  };
  return std::ranges::any_of(model.cluster.nodes, [&](const config::Node& node) {
    return node.address == address || is_at(node.home) ||
           std::ranges::any_of(node.networks, [&](const auto& each) { return is_at(each.second); });
  });
}

/// What goes to `server` comes in by that bind, of this node or of another: the file's rule is
/// check_loop() in config/validate_traffic.cpp. VIPs are no servers, whatever listens there.
bool leads_to(const config::Model& model, const base::Endpoint& server, const config::Bind& bind) {
  if (!bind.unix_path.empty() || bind.endpoint.port != server.port) return false;
  const base::IpAddress& listens = bind.endpoint.address;
  if (listens == server.address) return true;
  if (listens.is_any() && listens.family() == server.address.family()) {
    return server.address.is_loopback() || is_node_address(model, server.address);
  }
  // The other nodes have theirs at their own addresses.
  return listens == model.node().address &&
         std::ranges::find(model.cluster.nodes, server.address, &config::Node::address) !=
             model.cluster.nodes.end();
}

/// The frontend of ours that such a server is; null: it is none.
const config::Frontend* frontend_at(const config::Model& model, const base::Endpoint& server) {
  const auto found = std::ranges::find_if(model.frontends, [&](const config::Frontend& each) {
    return std::ranges::any_of(
        each.binds, [&](const config::Bind& bind) { return leads_to(model, server, bind); });
  });
  return found == model.frontends.end() ? nullptr : &*found;
}

using ServersByName = std::map<std::string, const config::Server*, std::less<>>;

/// "backend/server".
ServersByName servers_of(const config::Model& model) {
  ServersByName all;
  for (const config::Backend& backend : model.backends) {
    for (const config::Server& server : backend.servers) {
      all.emplace(concat(backend.name, "/", server.name), &server);
    }
  }
  return all;
}

const config::Server* server_in(const ServersByName& servers, std::string_view name) {
  const auto found = servers.find(name);
  return found == servers.end() ? nullptr : found->second;
}

control::DriftStatus weight_drift(const std::string& name, const config::Server& server,
                                  unsigned in_file, const std::string& reason) {
  return {.kind = "weight",
          .subject = name,
          .path = path_of(name) + ".weight",
          .file = concat(in_file),
          .now = concat(server.weight),
          .reason = reason,
          .value = concat(server.weight)};
}

control::DriftStatus added_drift(const std::string& name, const config::Server& server,
                                 const std::string& reason) {
  return {.kind = "added",
          .subject = name,
          .path = path_of(name),
          .file = {},
          .now = concat(server.address.to_string(), " weight ", server.weight),
          .reason = reason,
          .value = concat(R"({"address": ")", server.address.to_string(), R"(", "weight": )",
                          server.weight, "}")};
}

}  // namespace

config::Server plain_server(const config::Backend& backend, std::string_view name,
                            const control::NewServer& what) {
  const config::ServerDefaults& defaults = backend.server_defaults;
  config::Server server;
  server.name = name;
  server.address = what.address;
  server.weight = what.weight.value_or(server.weight);
  server.send_proxy = backend.send_proxy;
  server.checked_at = defaults.checked_at;
  server.protocols = defaults.protocols;
  server.source = what.address.address.is_v4() ? defaults.source4 : defaults.source6;
  return server;
}

unsigned weight_of(const control::WeightOrder& order, unsigned in_file) {
  return order.percent ? std::min(in_file * order.number / 100, kMaxWeight) : order.number;
}

std::expected<std::size_t, ActionFault> ServerChanges::backend_named(
    std::string_view backend) const {
  const auto& all = parts_.model.backends;
  const auto found = std::ranges::find(all, backend, &config::Backend::name);
  if (found != all.end()) return static_cast<std::size_t>(found - all.begin());
  return std::unexpected(
      ActionFault{.status = 404,
                  .code = "unknown_backend",
                  .message = concat("there is no backend '", base::printable(backend, 64), "'"),
                  .remedy = "see GET /v1/backends for the names"});
}

std::expected<ServerChanges::Place, ActionFault> ServerChanges::find(
    std::string_view backend, std::string_view server) const {
  const auto index = backend_named(backend);
  if (!index) return unknown(backend, server);
  const config::Backend& of = parts_.model.backends[*index];
  const auto found = std::ranges::find(of.servers, server, &config::Server::name);
  const bool named = found != of.servers.end() && found->by_name;
  if (named || (found == of.servers.end() && belongs_to_name(of, server) &&
                parts_.health.find(backend, server))) {
    return std::unexpected(
        ActionFault{.code = "server_by_name",
                    .message = concat(backend, "/", server,
                                      " is there by a name: its servers come and go, "
                                      "and have their weights, as the file and the DNS say"),
                    .remedy = std::string(kInFile)});
  }
  if (found == of.servers.end()) return unknown(backend, server);
  return Place{*index, static_cast<std::size_t>(found - of.servers.begin())};
}

config::Server& ServerChanges::at(const Place& place) const {
  return parts_.model.backends[place.backend].servers[place.server];
}

void ServerChanges::set_weight(const Place& place, const std::string& name, unsigned weight,
                               const std::string& reason) {
  config::Server& server = at(place);
  const unsigned before = std::exchange(server.weight, static_cast<std::uint16_t>(weight));
  if (!added_.contains(name)) {
    const auto known = weights_.try_emplace(name, Weight{.in_file = before, .reason = {}}).first;
    known->second.reason = reason;
    if (known->second.in_file == weight) weights_.erase(known);
  }
  if (const auto id = parts_.health.find(name.substr(0, name.find('/')), server.name)) {
    parts_.health.set_share(*id, weight, 0);
  }
  if (before == weight) return;
  const std::string text = concat("weight ", before, " becomes ", weight, ", ", reason);
  parts_.log.info("server-weight", name, text);
  note(parts_.journal, parts_.loop, "server-weight", name, concat(weight), text);
}

std::expected<unsigned, ActionFault> ServerChanges::set_weight(std::string_view backend,
                                                               std::string_view server,
                                                               const control::WeightOrder& order,
                                                               std::string_view who) {
  const auto place = find(backend, server);
  if (!place) return std::unexpected(place.error());
  const std::string name = concat(backend, "/", server);
  if (!parts_.health.find(backend, server)) return unknown(backend, server);
  const auto known = weights_.find(name);
  const unsigned in_file = known != weights_.end() ? known->second.in_file : at(*place).weight;
  const unsigned weight = weight_of(order, in_file);
  set_weight(*place, name, weight, concat("ordered by ", who));
  return weight;
}

std::optional<ActionFault> ServerChanges::objection(std::size_t backend, std::string_view server,
                                                    const control::NewServer& what) const {
  const config::Backend& of = parts_.model.backends[backend];
  const std::string name = concat(of.name, "/", server);
  if (const auto named = config::rules::kName.check(server); !named) {
    return fault_of("bad_name", named.error());
  }
  if (const auto usable = config::rules::parse_server_address(what.address.to_string()); !usable) {
    return fault_of("bad_body", usable.error());
  }
  if (is_vip(parts_.model, what.address.address)) {
    return ActionFault{.code = "own_address",
                       .message = concat(what.address.to_string(),
                                         " is an address of a VIP: it would be balanced to itself"),
                       .remedy = "give the server's own address"};
  }
  if (const config::Frontend* const own = frontend_at(parts_.model, what.address)) {
    return ActionFault{.code = "own_address",
                       .message = concat(what.address.to_string(), " is where frontend ", own->name,
                                         " listens: requests would go round in a loop"),
                       .remedy = "give the server's own address"};
  }
  if (belongs_to_name(of, server)) {
    return ActionFault{.code = "server_exists",
                       .message = concat(name, " is a name that servers get by the DNS"),
                       .remedy = "give it another name"};
  }
  if (of.check && (of.check->type == config::CheckType::kIcmp ||
                   of.check->type == config::CheckType::kScript)) {
    return ActionFault{
        .code = "check_needs_file",
        .message = concat("the servers of ", of.name, " are checked by ",
                          config::to_string(of.check->type), ", for which the file must name them"),
        .remedy = "add it to the file, and reload"};
  }
  if (added_.size() >= kMaxAdded) {
    return ActionFault{.code = "too_many_servers",
                       .message = concat(kMaxAdded, " servers are added at run time already"),
                       .remedy = "add them to the file, and reload"};
  }
  return std::nullopt;
}

std::expected<void, ActionFault> ServerChanges::put_back(const Place& place,
                                                         const std::string& name,
                                                         const control::NewServer& what,
                                                         const std::string& reason) {
  if (at(place).address != what.address) {
    return std::unexpected(
        ActionFault{.code = "server_exists",
                    .message = concat("the file has ", name, " at ", at(place).address.to_string(),
                                      ", and it was removed"),
                    .remedy = "put it back with that address, or give another name"});
  }
  const std::string& track = at(place).track;
  if (!track.empty() && !parts_.health.registry().find(track)) {
    return std::unexpected(
        ActionFault{.code = "server_in_use",
                    .message = concat(name, " tracks ", track, ", which was removed"),
                    .remedy = "put that one back first"});
  }
  if (track.empty() && at(place).echo) {
    // The guardian has opened the socket of its echoes once, and opens none anew.
    return std::unexpected(
        ActionFault{.code = "check_needs_file",
                    .message = concat(name, " is checked by icmp, which begins with the file"),
                    .remedy = "reload: the file has it"});
  }
  removed_.erase(name);
  (void)parts_.health.add_server(place.backend, at(place), 0,
                                 parts_.tls.towards(place.backend, place.server), reason);
  if (what.weight) set_weight(place, name, *what.weight, reason);
  return {};
}

std::expected<void, ActionFault> ServerChanges::add(std::string_view backend,
                                                    std::string_view server,
                                                    const control::NewServer& what,
                                                    std::string_view who) {
  const auto index = backend_named(backend);
  if (!index) return std::unexpected(index.error());
  config::Backend& of = parts_.model.backends[*index];
  const std::string name = concat(backend, "/", server);
  const std::string reason = concat("ordered by ", who);
  const auto known = std::ranges::find(of.servers, server, &config::Server::name);
  if (known != of.servers.end() && removed_.contains(name)) {
    return put_back({*index, static_cast<std::size_t>(known - of.servers.begin())}, name, what,
                    reason);
  }
  if (known != of.servers.end() || parts_.health.find(backend, server)) {
    return std::unexpected(ActionFault{.code = "server_exists",
                                       .message = concat("there is a ", name, " already"),
                                       .remedy = "remove that one first, or give another name"});
  }
  if (auto fault = objection(*index, server, what)) return std::unexpected(*std::move(fault));
  config::Server added = plain_server(of, server, what);
  auto context = parts_.tls.add_client(*index, added);
  if (!context) {
    return std::unexpected(ActionFault{
        .code = "no_tls", .message = context.error().message, .remedy = std::string(kInFile)});
  }
  of.servers.push_back(std::move(added));
  added_.emplace(name, reason);
  (void)parts_.health.add_server(*index, of.servers.back(), 0, std::move(*context), reason);
  return {};
}

std::optional<ActionFault> ServerChanges::objection(const Place& place,
                                                    const std::string& name) const {
  // By the model: a name without an address follows nobody yet, and its servers will.
  for (const config::Backend& backend : parts_.model.backends) {
    for (const config::Server& server : backend.servers) {
      if (server.track != name) continue;
      const std::string follower = concat(backend.name, "/", server.name);
      if (removed_.contains(follower)) continue;
      return ActionFault{.code = "server_in_use",
                         .message = concat(follower, " tracks ", name),
                         .remedy = "take it out with an order instead, or change the file"};
    }
  }
  if (!names_servers(parts_.model, place.backend)) return std::nullopt;
  return ActionFault{.code = "server_in_use",
                     .message = concat("rules name servers of this backend by their places"),
                     .remedy = "take it out with an order instead, or change the file"};
}

std::expected<void, ActionFault> ServerChanges::remove(std::string_view backend,
                                                       std::string_view server,
                                                       std::string_view who) {
  const auto place = find(backend, server);
  if (!place) return std::unexpected(place.error());
  const std::string name = concat(backend, "/", server);
  const auto id = parts_.health.find(backend, server);
  if (!id) return unknown(backend, server);
  if (auto fault = objection(*place, name)) return std::unexpected(*std::move(fault));
  const std::string reason = concat("ordered by ", who);
  parts_.health.remove_server(*id, reason);
  if (added_.erase(name) == 0) {
    // The file has it: the model too, so that all else keeps its place.
    removed_.emplace(name, reason);
    if (const auto weight = weights_.find(name); weight != weights_.end()) {
      at(*place).weight = static_cast<std::uint16_t>(weight->second.in_file);
      weights_.erase(weight);
    }
    return {};
  }
  parts_.tls.drop_client(place->backend, place->server);
  auto& servers = parts_.model.backends[place->backend].servers;
  servers.erase(servers.begin() + static_cast<std::ptrdiff_t>(place->server));
  return {};
}

std::size_t ServerChanges::forget(const config::Model& before) {
  if (weights_.empty() && added_.empty() && removed_.empty()) return 0;
  const ServersByName was = servers_of(before);
  const ServersByName is = servers_of(parts_.model);
  std::size_t over = 0;
  for (const auto& [name, weight] : weights_) {
    const config::Server* const now = server_in(is, name);
    if (now == nullptr || now->weight != was.at(name)->weight) ++over;
  }
  for (const auto& [name, reason] : added_) {
    const config::Server* const now = server_in(is, name);
    const config::Server& then = *was.at(name);
    if (now == nullptr || now->weight != then.weight || now->address != then.address) ++over;
  }
  for (const auto& [name, reason] : removed_) {
    if (server_in(is, name) != nullptr) ++over;
  }
  weights_.clear();
  added_.clear();
  removed_.clear();
  return over;
}

std::vector<control::DriftStatus> ServerChanges::drift() const {
  if (weights_.empty() && added_.empty() && removed_.empty()) return {};
  std::vector<control::DriftStatus> all;
  std::vector<control::DriftStatus> added;
  std::vector<control::DriftStatus> removed;
  for (const config::Backend& backend : parts_.model.backends) {
    for (const config::Server& server : backend.servers) {
      const std::string name = concat(backend.name, "/", server.name);
      if (const auto weight = weights_.find(name); weight != weights_.end()) {
        all.push_back(weight_drift(name, server, weight->second.in_file, weight->second.reason));
      } else if (const auto here = added_.find(name); here != added_.end()) {
        added.push_back(added_drift(name, server, here->second));
      } else if (const auto gone = removed_.find(name); gone != removed_.end()) {
        removed.push_back({.kind = "removed",
                           .subject = name,
                           .path = path_of(name),
                           .file = server.address.to_string(),
                           .now = {},
                           .reason = gone->second});
      }
    }
  }
  std::ranges::move(added, std::back_inserter(all));
  std::ranges::move(removed, std::back_inserter(all));
  return all;
}

}  // namespace hapair::worker
