// From haproxy.cfg to the draft: reads the files, lets each part of the translation do its work,
// and says of every line that no part has taken what its keyword's table says.
#include <string>
#include <utility>
#include <vector>

#include "apps/hapair/import/haproxy/addresses.hpp"
#include "apps/hapair/import/haproxy/keyword_table.hpp"
#include "apps/hapair/import/haproxy/parse.hpp"
#include "apps/hapair/import/haproxy/rules.hpp"
#include "apps/hapair/import/haproxy/translation.hpp"
#include "apps/hapair/import/import.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

void report_directives(Translation& all, Context& context) {
  for (const Directive& each : all.model.file.directives) {
    switch (each.what) {
      case Directive::What::kComment:
        context.account.comment(each.at);
        break;
      case Directive::What::kTaken:
        all.report.changed(each.at, "it is decided by the import");
        break;
      case Directive::What::kSkipped:
        all.report.not_needed(each.at, "the condition above does not hold here");
        break;
      case Directive::What::kNote:
        all.report.not_needed(each.at, concat("it says: ", base::printable(each.text)));
        break;
      case Directive::What::kAlert:
        all.report.undecided(each.at,
                             concat("HAProxy refuses to start here: ", base::printable(each.text)),
                             "see whether the import was told the right environment and version");
        break;
    }
  }
  for (const ParseFault& each : all.model.file.faults) {
    all.report.wrong(each.at, each.message,
                     each.assumed.empty() ? "the line is left out" : each.assumed);
  }
}

void report_unset(Translation& all, const Line& line) {
  for (const std::string& name : line.unset) {
    all.report.wrong(line.at, concat("the variable ", base::printable(name, 60), " has no value"),
                     "it stands for nothing; name its value with --env");
  }
}

std::vector<std::string_view> first_words(std::span<const Keyword> table) {
  std::vector<std::string_view> out;
  for (const Keyword& each : table) out.push_back(each.word.substr(0, each.word.find(' ')));
  return out;
}

void report_unknown(Translation& all, const Section& section, const Line& line) {
  const auto table = section.kind == Kind::kGlobal ? global_keywords() : proxy_keywords();
  const auto near = base::nearest_word(line.keyword(), first_words(table));
  all.report.wrong(line.at,
                   concat("`", to_string(section.kind), "` has no keyword \"",
                          base::printable(line.keyword(), 60), "\"",
                          near ? concat("; \"", *near, "\" is near") : std::string()),
                   "the line is left out");
}

const Keyword* keyword_of(const Section& section, const Line& line) {
  if (section.kind == Kind::kGlobal) return find_keyword(global_keywords(), line);
  if (section.is_proxy() || section.kind == Kind::kDefaults) {
    for (const auto table : {proxy_keywords(), option_keywords(), check_keywords(), rule_keywords(),
                             global_keywords()}) {
      if (const Keyword* const found = find_keyword(table, line); found != nullptr) return found;
    }
    return nullptr;
  }
  return find_keyword(section_keywords(), line);
}

/// What no part has taken: a keyword that hapair does without, or one that has no effect where it
/// stands.
void judge_line(Translation& all, const Section& section, const Line& line) {
  report_unset(all, line);
  if (!all.report.is_open(line.at)) return;
  const Keyword* const keyword = keyword_of(section, line);
  if (keyword == nullptr) return report_unknown(all, section, line);
  if (keyword->fate == Fate::kNotNeeded || keyword->fate == Fate::kNotSupported) {
    return all.report.say(line.at, line.prefix == Prefix::kNone ? keyword->fate : Fate::kNotNeeded,
                          std::string(keyword->text));
  }
  if (line.prefix != Prefix::kNone) return all.report.kept(line.at);
  if (!section.is_proxy() && section.kind != Kind::kDefaults) {
    return all.report.changed(line.at, std::string(keyword->text));
  }
  all.report.not_needed(line.at,
                        section.kind == Kind::kDefaults
                            ? "no section that takes these defaults has a use for it"
                            : "it has no effect here: another line says otherwise, or the section "
                              "has no such side or mode");
}

void judge_rest(Translation& all) {
  for (const Section& section : all.model.file.sections) {
    report_unset(all, section.head);
    for (const Line& line : section.lines) judge_line(all, section, line);
    if (all.report.is_open(section.head.at)) {
      all.report.not_supported(section.head.at, "there are too many sections: divide the file");
    }
  }
}

/// Comments of settings stand at their proxy, those of the beginning at the whole; servers, binds
/// and log targets have their own.
void carry_comments(Translation& all) {
  JsonTree& config = all.config();
  const auto carry = [](const Line& line, JsonTree& tree) {
    for (const std::string& comment : line.above) tree.comment(comment);
    if (!line.comment.empty()) tree.comment(line.comment);
  };
  for (const Section& section : all.model.file.sections) {
    if (section.is_proxy()) continue;
    carry(section.head, config);
    for (const Line& line : section.lines) {
      if (line.keyword() != "log") carry(line, config);
    }
  }
  for (const Proxy& proxy : all.model.proxies) {
    if (proxy.frontend.empty() && proxy.backend.empty()) continue;
    JsonTree& tree = proxy.frontend.empty() ? all.backend(proxy) : all.frontend(proxy);
    carry(proxy.section->head, tree);
    for (const Line& line : proxy.section->lines) {
      const bool own = line.keyword() == "bind" || line.keyword() == "server" ||
                       line.keyword() == "server-template" || is_rule(proxy, line);
      if (!own) carry(line, tree);
    }
  }
}

void arrange_all(Translation& all) {
  JsonTree& config = all.config();
  arrange(config,
          {"$schema", "cluster", "process", "log", "metrics", "vips", "sync_groups", "targets",
           "matches", "tables", "maps", "users", "frontends", "alerts", "resolvers", "backends"});
  for (const Proxy& proxy : all.model.proxies) {
    if (!proxy.frontend.empty()) {
      arrange(all.frontend(proxy),
              {"mode", "bind", "stats", "metrics", "default_backend", "log_format", "log_null",
               "capture", "max_connections", "forwarded_headers", "trusted_proxies", "request_id",
               "monitor", "compression", "error_pages", "rules", "http", "timeouts"});
    }
    if (!proxy.backend.empty()) {
      arrange(
          all.backend(proxy),
          {"tls",        "balance",     "backups",  "forwarded_for",  "check",      "agent",
           "observe",    "error_limit", "on_error", "on_marked_down", "slow_start", "cookie",
           "stick",      "rules",       "retries",  "retry_on",       "redispatch", "reuse",
           "send_proxy", "protocols",   "source",   "tcp_keepalive",  "max_queue",  "error_pages",
           "timeouts",   "servers"});
    }
  }
}

/// HAProxy answers what has no backend with 503.
void answer_the_rest(Translation& all, const Proxy& proxy) {
  if (proxy.frontend.empty()) return;
  JsonTree& tree = all.frontend(proxy);
  if (tree.contains("default_backend")) return;
  for (const std::string_view key :
       {"stats", "metrics", "rules", "monitor", "redirect_https", "inspect_tls"}) {
    if (tree.contains(key)) return;
  }
  JsonTree rule;
  rule["deny"] = JsonTree();
  if (proxy.mode == Mode::kHttp) rule["deny"]["status"] = 503;
  tree["rules"] = JsonTree::list();
  tree["rules"].add(std::move(rule));
  all.report.changed(proxy.section->head.at, "nothing takes its traffic: all of it is refused");
}

void translate_proxy(Translation& all, const Proxy& proxy) {
  translate_heads(all, proxy);
  if (proxy.mode == Mode::kOther) return;
  translate_binds(all, proxy);
  translate_default_backend(all, proxy);
  translate_stats(all, proxy);
  translate_limits(all, proxy);
  translate_access_log(all, proxy);
  translate_timeouts(all, proxy);
  translate_frontend_pages(all, proxy);
  translate_alerts(all, proxy);
}

/// After all frontends have their binds: a server without a port has that of its clients.
void translate_backend(Translation& all, const Proxy& proxy) {
  if (proxy.mode == Mode::kOther) return;
  translate_servers(all, proxy);
  translate_balance(all, proxy);
  translate_persistence(all, proxy);
  translate_http_options(all, proxy);
  translate_backend_pages(all, proxy);
}

void translate_file(Context& context, const File& file) {
  Model model{.context = context, .file = file};
  Translation all(model);
  report_directives(all, context);
  name_proxies(all);
  translate_global(all);
  translate_logs(all);
  translate_userlists(all);
  translate_resolvers(all);
  translate_mailers(all);
  for (const Proxy& proxy : model.proxies) translate_proxy(all, proxy);
  for (const Proxy& proxy : model.proxies) translate_backend(all, proxy);
  for (Proxy& proxy : model.proxies) {
    if (is_left_out(proxy)) proxy.lines.clear();  // all of it is accounted for
  }
  translate_rules(model);
  for (const Proxy& proxy : model.proxies) answer_the_rest(all, proxy);
  translate_other_sections(all);
  judge_rest(all);
  carry_comments(all);
  arrange_all(all);
}

void add_given_node(Context& context, std::size_t index, const base::IpAddress& address) {
  const std::string name = concat("lb", index + 1);
  JsonTree& node = context.draft.config["cluster"]["nodes"][name];
  node["address"] = address.to_string();
  const auto& interfaces = context.options.interfaces;
  if (const auto found = interfaces.find(address.to_string()); found != interfaces.end()) {
    node["interface"] = found->second;
  } else {
    node["interface"] = "eth0";
    node.comment("DECIDE: eth0 is a placeholder for the interface that has this address");
    context.draft.decisions.push_back(concat("the interface of node ", name, " that has ",
                                             address.to_string(),
                                             ": replace eth0 in `cluster.nodes`"));
  }
  context.cluster.nodes.push_back({.name = name, .addresses = {address}});
}

/// An HAProxy without keepalived: the nodes whose addresses are given, or one that listens on what
/// the file names.
void add_nodes(Context& context) {
  const auto& given = context.options.addresses;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto address = parse_ip(given[i]);
    if (address) add_given_node(context, i, *address);
  }
  if (context.draft.config.contains("cluster")) return;
  JsonTree& node = context.draft.config["cluster"]["nodes"]["local"];
  node["address"] = "127.0.0.1";
  node["interface"] = "lo";
}

}  // namespace

void translate(Context& context) {
  std::vector<Text> texts;
  for (const std::string& path : context.options.haproxy) {
    // A folder stands for all of its files whose names end in .cfg, as with HAProxy's own -f.
    const auto folder = context.files.folder(path, ".cfg");
    for (const std::string& each : folder ? *folder : std::vector<std::string>{path}) {
      const auto file = context.load(each, Program::kHaproxy);
      if (!file) {
        context.draft.decisions.push_back(file.error().message);
        continue;
      }
      texts.push_back({.file = *file, .text = context.sources[*file].text});
    }
  }
  if (texts.empty()) return;
  const auto& environment = context.options.environment;
  const Variables variables = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  };
  const File file = parse(texts, context.options.haproxy_version, variables);
  if (!context.draft.config.contains("cluster")) add_nodes(context);
  translate_file(context, file);
}

}  // namespace hapair::importing::haproxy
