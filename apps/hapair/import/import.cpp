#include "apps/hapair/import/import.hpp"

#include <algorithm>
#include <array>

#include "apps/hapair/config/parse.hpp"

namespace hapair::importing {
namespace {

/// The keys of the result, in the order in which people read them.
constexpr std::array<std::string_view, 15> kOrder{
    "$schema", "cluster", "process", "log",   "metrics",   "vips",      "sync_groups", "targets",
    "matches", "tables",  "maps",    "users", "frontends", "resolvers", "alerts"};

/// A file that can't be read is told before anything is done.
base::Result<void> check_files(Context& context) {
  for (const std::string& path : context.options.keepalived) {
    if (auto text = context.files.read(path, Sources::kMaxFileBytes); !text) {
      return std::unexpected(text.error());
    }
  }
  for (const std::string& path : context.options.haproxy) {
    if (context.files.folder(path, ".cfg")) continue;
    if (auto text = context.files.read(path, Sources::kMaxFileBytes); !text) {
      return std::unexpected(text.error());
    }
  }
  return {};
}

/// HAProxy alone is one node that needs no address of its own.
void add_lone_node(Context& context) {
  JsonTree& config = context.draft.config;
  const JsonTree* const cluster = config.find("cluster");
  if (cluster != nullptr && cluster->contains("nodes")) return;
  JsonTree& node = config["cluster"]["nodes"]["lb1"];
  node["address"] = "127.0.0.1";
  node["interface"] = "lo";
  node.comment("no keepalived.conf was given: hapair only balances, on this one host");
}

/// Keys that the list does not name come last.
void put_in_order(JsonTree& config) {
  JsonTree::Object& members = config.members();
  JsonTree::Object out;
  for (const std::string_view key : kOrder) {
    const auto found = std::ranges::find(members, key, &JsonTree::Member::key);
    if (found == members.end()) continue;
    out.push_back(std::move(*found));
    members.erase(found);
  }
  for (JsonTree::Member& each : members) out.push_back(std::move(each));
  members = std::move(out);
}

}  // namespace

base::Result<Outcome> run_import(Context& context) {
  if (const auto readable = check_files(context); !readable) {
    return std::unexpected(readable.error());
  }
  keepalived::translate(context);
  haproxy::translate(context);
  context.account.close();
  add_lone_node(context);
  put_in_order(context.draft.config);
  Outcome out{.config = context.draft.config.to_text(), .faults = {}, .notices = {}};
  config::ParsedConfig parsed = config::parse_config(out.config);
  out.faults = parsed.faults.sorted();
  out.notices = parsed.notices.sorted();
  return out;
}

int exit_code(const Context& context, const Outcome& outcome) {
  if (!outcome.faults.empty()) return kExitFaults;
  const bool open = context.account.has_open_decision() || !context.draft.decisions.empty();
  return open ? kExitDecision : 0;
}

}  // namespace hapair::importing
