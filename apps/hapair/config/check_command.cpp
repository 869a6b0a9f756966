#include "apps/hapair/config/check_command.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "apps/hapair/config/build.hpp"
#include "apps/hapair/config/load.hpp"
#include "common/base/text.hpp"
#include "common/tls/digest.hpp"

namespace hapair::config {
namespace {

using base::concat;
using nlohmann::ordered_json;

std::string counted(std::size_t count, std::string_view what) {
  return concat(count, " ", what, count == 1 ? "" : "s");
}

std::string listed(const std::vector<std::string>& parts) { return base::join(parts, ", "); }

std::string line(std::string_view label, std::string_view text) {
  constexpr std::size_t kLabelWidth = 10;
  std::string out = concat("  ", label);
  out.append(kLabelWidth - std::min(kLabelWidth, label.size()), ' ');
  return concat(out, text, "\n");
}

std::string node_text(const Node& node) {
  return concat(node.name, " (", node.address.to_string(), " on ", node.home.interface,
                ", priority ", node.priority, ")");
}

std::string vip_text(const Vip& vip) {
  std::vector<std::string> addresses;
  for (const VipAddress& each : vip.addresses) addresses.push_back(each.prefix.to_string());
  return concat(vip.name, ": ", listed(addresses), ", router_id ", vip.router_id, ", VRRP version ",
                vip.version, ", adverts every ", base::format_duration(vip.advert_interval));
}

std::string frontend_text(const Frontend& frontend, const Model& model) {
  std::vector<std::string> binds;
  for (const Bind& bind : frontend.binds) {
    binds.push_back(bind.vip ? concat(bind.text, " (", model.vips[*bind.vip].name, ")")
                             : bind.text);
  }
  std::string out = concat(frontend.name, ": ", frontend.mode == Mode::kTcp ? "tcp" : "http",
                           " on ", listed(binds));
  if (frontend.default_backend) {
    out += concat(" to ", model.backends[*frontend.default_backend].name);
  }
  if (!frontend.stats.empty()) out += concat(", statistics at ", frontend.stats);
  if (!frontend.pages.metrics.empty()) out += concat(", metrics at ", frontend.pages.metrics);
  return out;
}

std::string backend_text(const Backend& backend) {
  std::string out = concat(backend.name, ": ", counted(backend.servers.size(), "server"));
  if (!backend.check) return out + ", unchecked";
  return out + concat(", ", to_string(backend.check->type), " check every ",
                      base::format_duration(backend.check->interval));
}

/// The model as the people who wrote the file will want to see it read.
std::string summary(const Model& model, std::string_view who) {
  std::vector<std::string> nodes;
  for (const Node& node : model.cluster.nodes) nodes.push_back(node_text(node));
  std::string out = line("cluster", concat(model.cluster.name, ": ", listed(nodes)));
  out += line("node", who);
  for (const Vip& vip : model.vips) out += line("vip", vip_text(vip));
  for (const Frontend& frontend : model.frontends) {
    out += line("frontend", frontend_text(frontend, model));
  }
  for (const Backend& backend : model.backends) out += line("backend", backend_text(backend));
  return out;
}

ordered_json fault_json(const Fault& fault) {
  return {{"line", fault.at.line},
          {"column", fault.at.column},
          {"path", fault.path},
          {"message", fault.message}};
}

ordered_json faults_json(const std::vector<Fault>& faults) {
  ordered_json out = ordered_json::array();
  for (const Fault& fault : faults) out.push_back(fault_json(fault));
  return out;
}

std::string dump(const ordered_json& json) {
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

CheckReport refused(const CheckRequest& request, const LoadError& error) {
  CheckReport report;
  report.exit_code = error.exit_code;
  if (!request.json) {
    report.err = error.to_string();
    if (!error.faults.empty()) {
      report.err +=
          concat(request.file, " is refused: ", counted(error.faults.size(), "fault"), "\n");
    }
    return report;
  }
  ordered_json json{
      {"file", request.file}, {"valid", false}, {"faults", faults_json(error.faults)}};
  json["notices"] = ordered_json::array();
  if (!error.unreadable.empty()) json["error"] = error.unreadable;
  report.out = dump(json);
  return report;
}

/// A node whose interface is not there can't work; the file may still be right for later.
std::optional<Fault> missing_interface(const CheckedFile& file, const Node& node,
                                       const Host& host) {
  const bool there = std::ranges::any_of(host.interfaces, [&](const HostInterface& interface) {
    return interface.name == node.home.interface;
  });
  if (there) return std::nullopt;
  const std::string path = concat("cluster.nodes.", node.name, ".interface");
  return Fault{file.positions.of(path), path,
               concat("this host has no interface \"", node.home.interface,
                      "\"; `ip link` lists those it has")};
}

CheckReport accepted(const CheckRequest& request, CheckedFile& file,
                     const base::Result<std::size_t>& self, const Host& host) {
  const Model model =
      build(file.draft, self.value_or(0),
            {.passwords = file.passwords, .keys = file.keys, .link_locals = link_locals_of(host)});
  if (self) {
    if (auto missing = missing_interface(file, model.node(), host)) {
      file.notices.push_back(*std::move(missing));
    }
  }
  CheckReport report;
  if (request.json) {
    ordered_json json{{"file", request.file},
                      {"valid", true},
                      {"hash", tls::sha256_hex(base::as_bytes(file.text))},
                      {"cluster", model.cluster.name},
                      {"node", nullptr},
                      {"nodes", model.cluster.nodes.size()},
                      {"vips", model.vips.size()},
                      {"frontends", model.frontends.size()},
                      {"backends", model.backends.size()},
                      {"faults", ordered_json::array()},
                      {"notices", faults_json(file.notices)}};
    if (self) json["node"] = model.node().name;
    report.out = dump(json);
    return report;
  }
  const std::string who =
      self ? model.node().name : concat("checked for all of them; ", self.error().message);
  report.out = concat(request.file, " is valid\n", summary(model, who));
  for (const Fault& notice : file.notices) {
    report.out += concat("notice: ", notice.to_string(request.file), "\n");
  }
  return report;
}

}  // namespace

CheckReport check_command(const CheckRequest& request, const Host& host) {
  auto file = check_file(request.file, Purpose::kCheck, host);
  if (!file) return refused(request, file.error());
  const auto self = identify_node(file->draft.nodes, request.node, host);
  if (self || request.node.empty()) return accepted(request, *file, self, host);
  LoadError error;
  error.file = request.file;
  error.faults.push_back(
      {file->positions.of("cluster.nodes"), "cluster.nodes", self.error().message});
  return refused(request, error);
}

}  // namespace hapair::config
