// Which proxies become what, and how they are called; their heads and defaults.
#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "apps/hapair/import/haproxy/translation.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

/// Those of all proxies together, with those of their defaults.
constexpr std::size_t kMaxProxyLines = 1'000'000;

bool has_line(const Proxy& proxy, std::initializer_list<std::string_view> keywords) {
  return std::ranges::any_of(proxy.section->lines, [&](const Line& line) {
    return std::ranges::find(keywords, line.keyword()) != keywords.end();
  });
}

/// "listen web 192.0.2.1:80", as versions before 1.8 had it.
bool has_address(const Section& section) {
  return section.has_frontend() && section.head.words.size() > 2 && section.head.word(2) != "from";
}

/// A backend without servers that answers by itself: a redirect, a text, a refusal.
bool answers_itself(const Proxy& proxy) {
  static constexpr auto kAnswers = std::to_array<std::string_view>(
      {"redirect", "return", "deny", "tarpit", "reject", "silent-drop"});
  return proxy.mode == Mode::kHttp && proxy.section->kind == Kind::kBackend &&
         std::ranges::any_of(proxy.section->lines, [](const Line& line) {
           return line.keyword() == "redirect" || line.keyword() == "block" ||
                  (line.keyword() == "http-request" &&
                   std::ranges::find(kAnswers, line.word(1)) != kAnswers.end());
         });
}

bool is_disabled(const Proxy& proxy) {
  bool disabled = false;
  for (const Line* line : proxy.lines) {
    if (line->keyword() == "disabled") disabled = line->prefix == Prefix::kNone;
    if (line->keyword() == "enabled") disabled = line->prefix != Prefix::kNone;
  }
  return disabled;
}

/// A misspelt one is taken for what it looks like.
Mode mode_of(const Proxy& proxy) {
  static constexpr std::array<std::string_view, 4> kOthers = {"haterm", "health", "log", "spop"};
  const Line* const line = proxy.setting({"mode"});
  if (line == nullptr) return Mode::kTcp;
  const std::string_view word = line->word(1);
  if (std::ranges::find(kOthers, word) != kOthers.end()) return Mode::kOther;
  return word.starts_with('h') || word.starts_with('H') ? Mode::kHttp : Mode::kTcp;
}

/// A name that no other one has.
std::string unique_name(std::string_view text, std::set<std::string>& taken) {
  const std::string name = config_name(text);
  std::string out = name;
  for (std::size_t i = 2; !taken.insert(out).second; ++i) {
    const std::string number = concat("-", i);
    out = concat(name.substr(0, 64 - number.size()), number);
  }
  return out;
}

}  // namespace

void name_proxies(Translation& all) {
  std::set<std::string> frontends;
  std::set<std::string> backends;
  std::size_t lines = 0;
  for (const Section& section : all.model.file.sections) {
    if (!section.is_proxy()) continue;
    Proxy proxy;
    proxy.section = &section;
    proxy.lines = all.model.file.lines_of(section);
    lines += proxy.lines.size();
    if (lines > kMaxProxyLines) {
      all.report.undecided(section.head.at,
                           concat("the sections up to here say more than ", kMaxProxyLines,
                                  " things, each with its defaults"),
                           "divide the file");
      break;
    }
    for (const Line* line : proxy.lines) {
      if (line->keyword() == "default_backend" || line->keyword() == "use_backend") {
        all.named.emplace(line->word(1));
      }
    }
    proxy.mode = mode_of(proxy);
    const bool serves = proxy.mode != Mode::kOther && !is_disabled(proxy);
    if (serves && section.has_frontend() && (has_address(section) || has_line(proxy, {"bind"}))) {
      proxy.frontend = unique_name(section.name, frontends);
    }
    if (serves && section.has_backend() &&
        (has_line(proxy, {"server", "server-template", "dispatch"}) || answers_itself(proxy))) {
      proxy.backend = unique_name(section.name, backends);
    }
    all.model.proxies.push_back(std::move(proxy));
  }
  for (const Proxy& proxy : all.model.proxies) {
    if (!proxy.frontend.empty()) {
      all.frontend(proxy)["mode"] = proxy.mode == Mode::kHttp ? "http" : "tcp";
    }
  }
  for (const Proxy& proxy : all.model.proxies) {
    if (!proxy.backend.empty()) (void)all.backend(proxy);
  }
}

bool is_left_out(const Proxy& proxy) { return proxy.mode == Mode::kOther || is_disabled(proxy); }

void translate_heads(Translation& all, const Proxy& proxy) {
  const Line& head = proxy.section->head;
  Report& report = all.report;
  if (is_disabled(proxy)) {
    report.changed(head.at, "it is disabled, so it is not in the result");
    for (const Line& line : proxy.section->lines) {
      report.not_needed(line.at, "its section is disabled");
    }
    return;
  }
  if (proxy.mode == Mode::kOther) {
    const Line* const mode = proxy.setting({"mode"});
    const std::string why = concat("mode ", mode->word(1),
                                   " balances no traffic: ask `monitor` how a node is, and leave "
                                   "logs to rsyslog");
    report.not_supported(head.at, why);
    for (const Line& line : proxy.section->lines) report.not_supported(line.at, why);
    return;
  }
  const std::string_view taken = proxy.mode == Mode::kHttp ? "http" : "tcp";
  const Line* const mode = all.keep(proxy, {"mode"});
  if (mode != nullptr && mode->word(1) != taken) {
    report.wrong(
        mode->at,
        concat("there is no mode \"", base::printable(mode->word(1), 20), "\"; write tcp or http"),
        concat("mode ", taken));
  }
  const bool in_result = !proxy.frontend.empty() || !proxy.backend.empty();
  if (!in_result && proxy.section->has_frontend() && !proxy.section->has_backend()) {
    report.changed(head.at, "it listens nowhere, so it is not in the result");
  } else if (proxy.section->kind == Kind::kListen) {
    report.changed(head.at, proxy.backend.empty() ? "it has no servers: a frontend"
                            : proxy.frontend.empty()
                                ? "it listens nowhere: a backend"
                                : "a frontend, and a backend of the same name");
  } else {
    report.kept(head.at);
  }
  for (const std::string& name : {proxy.frontend, proxy.backend}) {
    if (!name.empty() && name != proxy.section->name) {
      report.changed(head.at, concat("it is called ", name));
    }
  }
  if (const Line* const text = proxy.setting({"description"}); text != nullptr && in_result) {
    (proxy.frontend.empty() ? all.backend(proxy) : all.frontend(proxy)).comment(joined(*text, 1));
    report.changed(text->at, "it stands in the result as a comment");
  }
}

namespace {

/// The one backend of the file that nobody names, for a name that does not exist.
const Proxy* only_unnamed_backend(const Translation& all) {
  const Proxy* found = nullptr;
  for (const Proxy& each : all.model.proxies) {
    if (each.backend.empty() || !each.frontend.empty()) continue;
    if (all.named.contains(each.section->name)) continue;
    if (found != nullptr) return nullptr;
    found = &each;
  }
  return found;
}

const Proxy* backend_named(Translation& all, const Line& line) {
  const std::string_view name = line.word(1);
  if (const Proxy* const found = all.model.backend(name); found != nullptr) return found;
  const Proxy* const meant = only_unnamed_backend(all);
  const std::string what = concat("there is no backend \"", base::printable(name, 60), "\"");
  if (meant == nullptr) {
    all.report.undecided(line.place(1), what, "name the backend that gets the traffic");
    return nullptr;
  }
  all.report.wrong(
      line.place(1), what,
      concat("\"", meant->section->name, "\" is meant, the only backend that no frontend names"));
  return meant;
}

}  // namespace

void translate_default_backend(Translation& all, const Proxy& proxy) {
  if (proxy.frontend.empty()) return;
  const Line* const line = all.keep(proxy, {"default_backend"});
  const Proxy* const target = line != nullptr          ? backend_named(all, *line)
                              : !proxy.backend.empty() ? &proxy
                                                       : nullptr;
  if (target == nullptr) return;
  if (target->backend.empty()) {
    all.report.changed(
        line != nullptr ? line->at : proxy.section->head.at,
        target->is_page()
            ? "that backend has no servers, but a page, which is the frontend's"
            : "that backend has no servers: what its rules do not answer gets 503, as from "
              "HAProxy");
    return;
  }
  all.frontend(proxy)["default_backend"] = target->backend;
}

}  // namespace hapair::importing::haproxy
