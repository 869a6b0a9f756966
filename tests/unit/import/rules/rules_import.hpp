// The rules of an haproxy.cfg brought into a config, with just enough around them for hapair to
// read it.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/config/parse.hpp"
#include "apps/hapair/import/context.hpp"
#include "apps/hapair/import/haproxy/parse.hpp"
#include "apps/hapair/import/haproxy/rules.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy::test {

using Files = std::map<std::string, std::string, std::less<>>;

/// Of the proxies what rules refer to: binds with ports, servers, the default backend.
class RulesImport {
 public:
  explicit RulesImport(std::string text, Files files = {}, Version version = {3, 0})
      : files_(with(std::move(files), "haproxy.cfg", std::move(text))),
        context_{.options = options_, .files = files_} {
    options_.haproxy_version = version;
    options_.environment["SITE"] = "site.example";
    REQUIRE(context_.load("haproxy.cfg", Program::kHaproxy).has_value());
    const std::vector<Text> texts{{.file = 0, .text = context_.sources[0].text}};
    file_ = parse(texts, options_.haproxy_version, Variables());
    CAPTURE(faults());
    REQUIRE(file_.faults.empty());
    cluster();
    for (const Section& section : file_.sections) {
      if (section.is_proxy()) proxy(section);
      if (section.kind == Kind::kUserlist) users(section);
    }
    translate_rules(model_);
  }
  RulesImport(const RulesImport&) = delete;
  RulesImport& operator=(const RulesImport&) = delete;

  [[nodiscard]] Context& context() { return context_; }
  [[nodiscard]] const File& file() const { return file_; }
  [[nodiscard]] const Model& model() const { return model_; }
  [[nodiscard]] std::string json() const { return context_.draft.config.to_text(); }
  [[nodiscard]] config::ParsedConfig parsed() const { return config::parse_config(json()); }
  /// What hapair says against the result; empty: nothing.
  [[nodiscard]] std::string config_faults() const {
    std::string out;
    for (const config::Fault& each : parsed().faults.sorted()) {
      out += base::concat(each.path, ": ", each.message, "\n");
    }
    return out;
  }
  /// The rules of a frontend, as text.
  [[nodiscard]] std::string rules(std::string_view frontend) {
    const JsonTree* const tree = context_.draft.config["frontends"].find(frontend);
    REQUIRE(tree != nullptr);
    const JsonTree* const rules = tree->find("rules");
    return rules == nullptr ? std::string() : rules->to_text();
  }
  [[nodiscard]] Fate fate(std::uint32_t line) const {
    return context_.account.fate({.file = 0, .line = line});
  }
  /// All that is said of a line.
  [[nodiscard]] std::string said(std::uint32_t line) const {
    std::string out;
    for (const Note& note : context_.account.notes()) {
      if (note.at.line == line) out += base::concat(to_string(note.fate), ": ", note.text, "\n");
    }
    return out;
  }

 private:
  static Files with(Files files, std::string name, std::string text) {
    files.emplace(std::move(name), std::move(text));
    return files;
  }
  std::string faults() const {
    std::string out;
    for (const ParseFault& each : file_.faults) out += each.message + "\n";
    return out;
  }

  void cluster() {
    JsonTree& node = context_.draft.config["cluster"]["nodes"]["lb1"];
    node["address"] = "192.0.2.11";
    node["interface"] = "eth0";
  }

  void proxy(const Section& section) {
    Proxy proxy{.section = &section, .lines = file_.lines_of(section)};
    const Line* const mode = proxy.setting({"mode"});
    proxy.mode = mode != nullptr && mode->word(1) == "http" ? Mode::kHttp : Mode::kTcp;
    if (section.has_frontend()) proxy.frontend = config_name(section.name);
    if (section.has_backend()) proxy.backend = config_name(section.name);
    JsonTree& config = context_.draft.config;
    if (section.has_frontend()) {
      JsonTree& tree = config["frontends"][proxy.frontend];
      tree["mode"] = proxy.mode == Mode::kHttp ? "http" : "tcp";
      tree["bind"] = JsonTree::list();
      for (const Line* line : proxy.lines) {
        if (line->keyword() == "bind") bind(*line, tree["bind"]);
        if (line->keyword() == "monitor-uri") tree["monitor"]["uri"] = line->word(1);
      }
      const Line* const backend = proxy.setting({"default_backend"});
      if (backend != nullptr) tree["default_backend"] = config_name(backend->word(1));
      if (section.has_backend()) tree["default_backend"] = proxy.backend;
    }
    if (section.has_backend()) servers(proxy, config["backends"][proxy.backend]);
    model_.proxies.push_back(std::move(proxy));
  }

  static void bind(const Line& line, JsonTree& binds) {
    const std::string_view address = line.word(1);
    JsonTree bind;
    bind["address"] = "*";
    bind["port"] = base::parse_unsigned(address.substr(address.rfind(':') + 1)).value_or(80);
    binds.add(std::move(bind));
  }

  static void servers(const Proxy& proxy, JsonTree& tree) {
    tree["servers"];
    for (const Line* line : proxy.lines) {
      if (line->keyword() == "server") {
        tree["servers"][config_name(line->word(1))]["address"] = line->word(2);
      }
    }
  }

  void users(const Section& section) {
    JsonTree list = JsonTree::list();
    for (const Line& line : section.lines) {
      if (line.keyword() == "user") list.add(base::concat(line.word(1), ":", line.word(3)));
    }
    context_.draft.config["users"][section.name]["entries"] = std::move(list);
  }

  Options options_;
  MemoryFiles files_;
  Context context_;
  File file_;
  Model model_{.context = context_, .file = file_};
};

/// Frontend and backends around some rules.
inline std::string web(std::string_view rules, std::string_view more = {}) {
  return base::concat(
      "frontend www\n mode http\n bind :80\n bind :443\n default_backend app\n", rules,
      "\nbackend app\n mode http\n server a1 192.0.2.21:80\n server a2 192.0.2.22:80\n"
      "backend api\n mode http\n server b1 192.0.2.31:80\n"
      "backend static\n mode http\n server c1 192.0.2.41:80\n",
      more);
}

}  // namespace hapair::importing::haproxy::test
