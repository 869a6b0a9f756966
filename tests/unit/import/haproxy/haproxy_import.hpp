// An haproxy.cfg brought into a config, with what the tests look at.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "apps/hapair/config/parse.hpp"
#include "apps/hapair/import/context.hpp"
#include "apps/hapair/import/import.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy::test {

using Files = std::map<std::string, std::string, std::less<>>;

class HaproxyImport {
 public:
  explicit HaproxyImport(Files files, Options options = {})
      : files_(std::move(files)),
        options_(std::move(options)),
        context_{.options = options_, .files = files_} {
    if (options_.haproxy.empty()) options_.haproxy = {"haproxy.cfg"};
  }
  HaproxyImport(const HaproxyImport&) = delete;
  HaproxyImport& operator=(const HaproxyImport&) = delete;

  [[nodiscard]] Context& context() { return context_; }

  /// A node and a VIP as keepalived's part would tell them.
  void add_node(const std::string& name, const std::string& address) {
    context_.cluster.nodes.push_back(
        {.name = name, .addresses = {*base::IpAddress::parse(address)}});
    JsonTree& node = context_.draft.config["cluster"]["nodes"][name];
    node["address"] = address;
    node["interface"] = "eth0";
  }
  void add_vip(const std::string& name, const std::string& address) {
    context_.cluster.vips.push_back(
        {.name = name, .addresses = {*base::IpAddress::parse(address)}, .at = {}});
    JsonTree& vip = context_.draft.config["vips"][name];
    vip["router_id"] = 51;
    vip["addresses"] = JsonTree::list();
    vip["addresses"].add(address);
  }

  void run() { translate(context_); }

  [[nodiscard]] std::string json() const { return context_.draft.config.to_text(); }

  /// What hapair says against the result; empty: nothing.
  [[nodiscard]] std::string config_faults() const {
    std::string out;
    config::ParsedConfig parsed = config::parse_config(json());
    for (const config::Fault& each : parsed.faults.sorted()) {
      out += base::concat(each.path, ": ", each.message, "\n");
    }
    return out;
  }

  /// A line for each line of the file that says something, its remarks, and the count.
  [[nodiscard]] std::string report() const {
    const Account& account = context_.account;
    std::multimap<std::pair<std::uint32_t, std::uint32_t>, std::string> notes;
    for (const Note& note : account.notes()) {
      std::string text =
          base::concat("  ", note.at.column, " ", to_string(note.fate), ": ", note.text);
      if (!note.assumed.empty()) text += base::concat("; assumed: ", note.assumed);
      if (note.open_decision) text += " (open)";
      notes.emplace(std::pair{note.at.file, note.at.line}, text);
    }
    std::string out;
    for (std::uint32_t file = 0; file < context_.sources.size(); ++file) {
      const Source& source = context_.sources[file];
      out += base::concat(source.path, "\n");
      for (std::uint32_t line = 1; line <= source.lines.size(); ++line) {
        const Fate fate = account.fate({.file = file, .line = line});
        if (fate == Fate::kBlank || fate == Fate::kComment) continue;
        out += base::concat(line, " ", to_string(fate), "\n");
        const auto [begin, end] = notes.equal_range({file, line});
        for (auto at = begin; at != end; ++at) out += at->second + "\n";
      }
    }
    const Account::Count count = account.count();
    for (const Fate fate : {Fate::kOpen, Fate::kBlank, Fate::kComment, Fate::kNotNeeded,
                            Fate::kKept, Fate::kChanged, Fate::kNotSupported, Fate::kWrong}) {
      if (count[fate] > 0) out += base::concat(to_string(fate), " ", count[fate], ", ");
    }
    out += base::concat("in all ", count.total(), "\n");
    for (const SecretFile& secret : context_.draft.secrets) {
      out += base::concat("writes ", secret.path, "\n");
    }
    for (const std::string& each : context_.draft.decisions) {
      out += base::concat("to decide: ", each, "\n");
    }
    return out;
  }

 private:
  MemoryFiles files_;
  Options options_;
  Context context_;
};

}  // namespace hapair::importing::haproxy::test
