// Cross checks of where connections to servers leave from; see validate.hpp.
#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

std::string_view name_of(base::Family family) {
  return family == base::Family::kIpv4 ? "IPv4" : "IPv6";
}

/// The key on its own.
void check_source(const CrossCheck& check, const SourceDraft& source, const std::string& path) {
  check_network(check, path + ".network", source.network);
  if (!source.node && check.positions.given(path + ".node")) {
    check.fault(path + ".node",
                "is false, so it says nothing; write true, or a network or address");
  }
  if (!source.address) return;
  const std::string address = source.address->to_string();
  if (const VipDraft* vip = check.addresses.vip(*source.address)) {
    check.fault(path + ".address",
                concat(address, " is an address of VIP ", vip->vip.name,
                       ", which this node doesn't always have; write { \"node\": true } for each "
                       "node's own"));
  }
  const NodeDraft* node = check.addresses.node(*source.address);
  if (node != nullptr && check.draft.nodes.size() > 1) {
    check.fault(
        path + ".address",
        concat(address, " is node ", node->name,
               "'s own address, which the other nodes don't have; write { \"node\": true }, "
               "or a network, for each node's own"));
  }
}

/// The key before a server of that family.
void check_family(const CrossCheck& check, const SourceDraft& source, const std::string& path,
                  const ServerDraft& server) {
  const base::Family family = server.address->address.family();
  if (source.address) {
    if (source.address->family() == family) return;
    check.fault(
        path, concat("server ", server.name, " has an ", name_of(family), " address and ",
                     source.address->to_string(), " is none; give the server a source of its own"));
    return;
  }
  for (const NodeDraft& node : check.draft.nodes) {
    const auto at = attachment_of(node, source.network);
    if (!at || at->of(family) || (source.network.empty() && !node.address)) continue;
    check.fault(path,
                concat("server ", server.name, " has an ", name_of(family),
                       " address, and the file gives node ", node.name, " none",
                       source.network.empty() ? "" : concat(" on ", source.network),
                       "; give it one (", family == base::Family::kIpv4 ? "address" : "address6",
                       "), or the server a source of its own"));
  }
}

}  // namespace

void check_sources(const CrossCheck& check) {
  for (const BackendDraft& backend : check.draft.backends) {
    const std::string path = path_of(backend);
    if (backend.source) check_source(check, *backend.source, path + ".source");
    for (const ServerDraft& server : backend.servers) {
      const std::string own = concat(path, ".servers.", server.name, ".source");
      if (server.source) check_source(check, *server.source, own);
      if (!server.address) continue;
      if (server.source) {
        check_family(check, *server.source, own, server);
      } else if (backend.source) {
        check_family(check, *backend.source, path + ".source", server);
      }
    }
  }
}

}  // namespace hapair::config
