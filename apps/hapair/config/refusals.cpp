// What a running hapair can't change of its configuration. Kept short: the guardian and the worker
// are made for the rest.
#include <algorithm>

#include "apps/hapair/config/diff.hpp"
#include "common/base/text.hpp"
#include "common/net/listening.hpp"

namespace hapair::config {
namespace {

using base::concat;

constexpr std::string_view kHere = "restart hapair on this node";
constexpr std::string_view kEverywhere = "restart hapair on all nodes";

class Refusals {
 public:
  void add(bool refused, std::string path, std::string reason, std::string_view remedy = kHere) {
    if (refused) list_.push_back({std::move(path), std::move(reason), std::string(remedy)});
  }
  std::vector<Refusal> take() { return std::move(list_); }

 private:
  std::vector<Refusal> list_;
};

void compare_process(const Model& before, const Model& after, Refusals& out) {
  const std::string_view because = "the processes that run have it for life";
  out.add(before.process.user != after.process.user, "process.user",
          concat(before.process.user, " becomes ", after.process.user, ": ", because));
  out.add(before.process.group != after.process.group, "process.group",
          concat(before.process.group, " becomes ", after.process.group, ": ", because));
  out.add(before.journal.kept != after.journal.kept ||
              before.journal.directory != after.journal.directory ||
              before.journal.max_size != after.journal.max_size,
          "journal", "the process that writes the journal has its file for life");
}

void compare_node(const Model& before, const Model& after, Refusals& out) {
  const Node& was = before.node();
  const Node& is = after.node();
  const std::string path = concat("cluster.nodes.", was.name);
  out.add(was.name != is.name, path, concat("this node's name becomes ", is.name));
  out.add(was.address != is.address, path + ".address",
          concat(was.address.to_string(), " becomes ", is.address.to_string(),
                 ": adverts and hellos leave from it"));
}

bool signs(const Vip& vip) {
  return vip.auth == Auth::kHmac && vip.hmac_mode != HmacMode::kReceiveOnly;
}

bool enforces(const Vip& vip) {
  return vip.auth == Auth::kHmac && vip.hmac_mode == HmacMode::kEnforce;
}

void compare_auth(const Vip& was, const Vip& is, const std::string& path, Refusals& out) {
  out.add(is.version == 2 && (was.auth != is.auth || was.password != is.password), path,
          "nodes with different passwords do not hear each other, and both would be master",
          kEverywhere);
  if (is.version != 3) return;
  const bool begins = enforces(is) && !signs(was);
  const bool ends = enforces(was) && !signs(is);
  const bool other_key = enforces(was) && enforces(is) && !was.hmac_key.empty() &&
                         !is.hmac_key.empty() && was.hmac_key != is.hmac_key;
  out.add(begins || ends || other_key, path,
          "signed adverts are all that one node would take, and the other would send others, so "
          "both would be master",
          R"(reload all nodes with "mode": "permissive" (before that "receive-only") first)");
}

/// The same virtual router, or at least the same name.
bool is_same(const Vip& was, const Vip& is) {
  return was.name == is.name || (was.router_id == is.router_id && was.family == is.family &&
                                 was.interface == is.interface);
}

void compare_vips(const Vip& was, const Vip& is, Refusals& out) {
  const std::string path = concat("vips.", is.name);
  out.add(was.router_id != is.router_id, path + ".router_id",
          concat(was.router_id, " becomes ", is.router_id,
                 ": that is another virtual router, and a peer would still be master of the one "
                 "before"),
          kEverywhere);
  out.add(was.version != is.version, path + ".version",
          concat(was.version, " becomes ", is.version,
                 ": nodes of different versions do not hear each other, and both would be master"),
          kEverywhere);
  out.add(was.family != is.family, path + ".addresses",
          "adverts of another family: nodes would not hear each other", kEverywhere);
  out.add(was.interface != is.interface, path + ".network",
          concat("adverts move from ", was.interface, " to ", is.interface));
  out.add(
      was.interface == is.interface && was.family == is.family && was.source != is.source, path,
      concat("adverts leave from ", is.source.to_string(), " instead of ", was.source.to_string()));
  out.add(was.virtual_mac != is.virtual_mac, path + ".virtual_mac",
          "the addresses move to another link");
  // Version 2 drops adverts of another interval (RFC 3768, section 7.1).
  out.add(was.version == 2 && is.version == 2 && was.advert_interval != is.advert_interval,
          path + ".advert_interval",
          "version 2 does not hear adverts of another interval, and both nodes would be master",
          kEverywhere);
  out.add(was.transport != is.transport, path + ".transport",
          "nodes of different transports do not hear each other, and both would be master",
          kEverywhere);
  compare_auth(was, is, path + ".auth", out);
}

/// What this node listens at; Unix sockets are not among them.
std::vector<const Bind*> binds_of(const Model& model) {
  std::vector<const Bind*> binds;
  for (const Frontend& frontend : model.frontends) {
    for (const Bind& bind : frontend.binds) {
      if (bind.unix_path.empty()) binds.push_back(&bind);
    }
  }
  return binds;
}

void compare_binds(const Frontend& frontend, const std::vector<const Bind*>& before,
                   Refusals& out) {
  for (const Bind& is : frontend.binds) {
    if (!is.unix_path.empty()) continue;
    for (const Bind* was : before) {
      if (!net::is_in_the_way(was->endpoint, is.endpoint)) continue;
      const std::string place = was->endpoint.to_string();
      out.add(true, concat("frontends.", frontend.name, ".bind"),
              concat(is.endpoint.to_string(), " can't take the place of ", place,
                     " while that is there"),
              concat("take the bind at ", place,
                     " out by a reload first, or restart hapair on this node"));
    }
  }
}

}  // namespace

std::vector<Refusal> refusals(const Model& before, const Model& after) {
  Refusals out;
  compare_process(before, after, out);
  compare_node(before, after, out);
  for (const Vip& is : after.vips) {
    for (const Vip& was : before.vips) {
      if (is_same(was, is)) compare_vips(was, is, out);
    }
  }
  const std::vector<const Bind*> listened = binds_of(before);
  for (const Frontend& frontend : after.frontends) compare_binds(frontend, listened, out);
  return out.take();
}

}  // namespace hapair::config
