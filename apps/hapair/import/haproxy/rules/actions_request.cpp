// Actions of http-request that change a request, or note something of it; see proxy_rules.hpp.
#include <algorithm>
#include <array>
#include <utility>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_matches.hpp"
#include "apps/hapair/import/haproxy/rules/patterns.hpp"
#include "apps/hapair/import/haproxy/rules/proxy_rules.hpp"
#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

JsonTree list_of(JsonTree item) {
  JsonTree list = JsonTree::list();
  list.add(std::move(item));
  return list;
}

/// What hapair has nothing like, and what to do instead; '*' at the end: whatever follows.
struct Refused {
  std::string_view name;
  std::string_view instead;
};
constexpr auto kRefused = std::to_array<Refused>({
    {"lua.*", "hapair runs no Lua; ask a service by `forward_auth`, or let the server do it"},
    {"cache-use", "hapair keeps no cache; requests go on to the servers"},
    {"cache-store", "hapair keeps no cache; requests go on to the servers"},
    {"early-hint", "hapair passes on hints of servers, and makes none itself"},
    {"add-acl*", "lists change in their files (`maps`)"},
    {"del-acl*", "lists change in their files (`maps`)"},
    {"set-map*", "maps change in their files (`maps`)"},
    {"del-map*", "maps change in their files (`maps`)"},
    {"do-resolve*", "servers are found by name (`resolve`), not by what clients say"},
    {"do-log", "each request has its line in the log anyway"},
    {"set-dst*", "servers are chosen by name; give each a backend"},
    {"set-method", "the method stays what the client sent"},
    {"set-mark", "marks are for the packet filter to set"},
    {"set-tos", "set the class of packets in the packet filter"},
    {"set-fc-*", "marks are for the packet filter to set"},
    {"set-bc-*", "marks are for the packet filter to set"},
    {"set-log-level", "single requests can't be left out of the log; filter them where it is read"},
    {"set-bandwidth-limit",
     "there is no limit of a single request's bandwidth; `rate_limit` has "
     "`bytes_out` for each client"},
    {"sc-*", "hapair's tables count by themselves; limit a rate (`rate_over`, `rate_limit`)"},
    {"wait-for-body", "bodies are passed on as they come; slow ones end by `timeouts.client`"},
    {"wait-for-handshake", "nothing is taken before the handshake is over: there is no 0-RTT"},
    {"set-priority-offset", "waiting requests have a class (`priority`), and no offset in time"},
    {"disable-l7-retry", "what is tried again is said by `retry_on` of the backend"},
    {"pause", "requests are not held up but by `tarpit`"},
    {"send-spoe-group", "hapair speaks no SPOE; ask a service by `forward_auth`"},
    {"set-status", "the status stays what the server sent"},
    {"wait-for-*", "nothing is waited for"},
});

/// What has no meaning any more.
constexpr auto kNeedless = std::to_array<Refused>({
    {"normalize-uri", "all matches see the path in one form already"},
    {"strict-mode", "what can't be rewritten is always answered with an error"},
    {"set-nice", "no request can keep the others from their turn"},
    {"reject-smuggling", "hapair refuses such requests anyway"},
});

const Refused* refused_in(std::span<const Refused> list, std::string_view action) {
  const auto found = std::ranges::find_if(list, [action](const Refused& each) {
    if (!each.name.ends_with('*')) return action == each.name;
    return action.starts_with(each.name.substr(0, each.name.size() - 1));
  });
  return found == list.end() ? nullptr : &*found;
}

/// "set-var(txn.host,ifexists)" is "txn.host".
std::string argument_of(std::string_view action) {
  const std::size_t open = action.find('(');
  if (open == std::string_view::npos || !action.ends_with(')')) return {};
  const std::string_view inner = action.substr(open + 1, action.size() - open - 2);
  return std::string(base::trim(inner.substr(0, inner.find(','))));
}

/// The end of an expression such as "^/a(.*)" and of what comes in its place leave the rest alone.
bool keeps_rest(std::string_view regex, std::string_view with) {
  if (regex.ends_with('$')) regex.remove_suffix(1);
  return regex.ends_with("(.*)") && with.size() >= 2 && with[with.size() - 2] == '\\';
}

}  // namespace

void ProxyRules::http_request(RuleLine& rule) {
  const std::string_view action = rule.word(1);
  static constexpr auto kGuards = std::to_array<std::string_view>(
      {"deny", "tarpit", "reject", "silent-drop", "auth", "allow", "accept", "return"});
  rule.guards = std::ranges::find(kGuards, action) != kGuards.end();
  if (answer_action(rule, action) || edit_action(rule, action) || target_action(rule, action) ||
      note_action(rule, action) || refused_action(rule, action)) {
    return;
  }
  faulty(rule, concat("there is no action ", base::printable(action, 64)),
         "mend the word; what `rules` can do stands in docs/configuration.md");
}

bool ProxyRules::refused_action(RuleLine& rule, std::string_view action) {
  if (const Refused* needless = refused_in(kNeedless, action)) {
    marks().not_needed(rule.line.at, std::string(needless->instead));
    return true;
  }
  if (const Refused* refused = refused_in(kRefused, action)) {
    cannot(rule, refused->instead);
    return true;
  }
  return false;
}

bool ProxyRules::edit_action(RuleLine& rule, std::string_view action) {
  const std::string_view name = rule.word(2);
  if ((action == "set-header" || action == "add-header") && !has_field(rule)) return true;
  if (action == "set-header") {
    edit_field(rule, "set_header", name, rule.word(3));
  } else if (action == "add-header") {
    edit_field(rule, "add_header", name, rule.word(3));
  } else if (action == "del-header") {
    if (rule.has("-m", 3) && rule.after("-m", 3) != "str") {
      cannot(rule, "fields are taken off by their whole names; write a line for each");
    } else {
      remove_field(rule, "remove_header", name);
    }
  } else if (action == "replace-header") {
    replace_field(rule, name, rule.word(3), rule.word(4), true);
  } else if (action == "replace-value") {
    rule.remarks.changed.emplace_back(
        "the expression looks at each whole field, and replaces what "
        "matches first");
    replace_field(rule, name, rule.word(3), rule.word(4), false);
  } else {
    return false;
  }
  return true;
}

bool ProxyRules::has_field(RuleLine& rule) {
  if (rule.words.size() == 4) return true;
  faulty(rule, "a field has a name and one text", "give it both, and quote a text with blanks");
  return false;
}

void ProxyRules::edit_field(RuleLine& rule, std::string_view key, std::string_view name,
                            std::string_view format) {
  if (const auto good = config::rules::kEditedField.check(name); !good) {
    cannot(rule, good.error().message);
    return;
  }
  const bool response = rule.stage == Stage::kResponse;
  const bool ids = format == "%[uuid()]" || format == "%[uuid]" || format == "%[unique-id]" ||
                   format == "%ID" || format == "%[uuid(4)]";
  if (ids) {
    request_id(rule, name);
    return;
  }
  if (base::equals_ignoring_case(name, "authorization") && format.find('%') == format.npos) {
    rule.remarks.changed.emplace_back(
        "the secret stands in the result: see that only root can read it");
  }
  emit_texts(rule, format, [&](const std::string& text, const Formula& when) {
    const std::string line = concat(name, ": ", text);
    const auto& form = key == "add_header" ? config::rules::kAddedLine : config::rules::kEditLine;
    if (const auto good = form.check(line); !good) {
      cannot(rule, good.error().message);
      return false;
    }
    return emit(rule, when, key, list_of(line));
  });
  if (response) {
    changes_response(rule, name);
  } else {
    changes_field(rule, name);
  }
}

void ProxyRules::request_id(RuleLine& rule, std::string_view name) {
  const auto formula = when(rule);
  if (!formula) return;
  if (!formula->is_true() || in_backend() || rule.stage == Stage::kResponse) {
    cannot(rule, "ids are given to all requests of a frontend (`request_id`), not to some");
    return;
  }
  JsonTree& id = owner()["request_id"];
  id = JsonTree();
  id["header"] = name;
  rule.remarks.changed.emplace_back("is `request_id`");
  marks().kept(rule.line.at, rule.remarks);
}

void ProxyRules::remove_field(RuleLine& rule, std::string_view key, std::string_view name) {
  const auto& form =
      key == "remove_header" ? config::rules::kRemovedField : config::rules::kEditedField;
  if (const auto good = form.check(name); !good) {
    cannot(rule, good.error().message);
    return;
  }
  const auto formula = when(rule);
  if (!formula) return;
  (void)emit(rule, *formula, key, list_of(std::string(name)));
  if (rule.stage == Stage::kResponse) return changes_response(rule, name);
  changes_field(rule, name);
}

void ProxyRules::changes_field(RuleLine& rule, std::string_view name) {
  changes(rule, concat("header:", base::ascii_lowered(name)));
  if (base::equals_ignoring_case(name, "host")) changes(rule, "host");
}

void ProxyRules::changes_response(RuleLine& rule, std::string_view name) {
  const std::string what = concat("response:", base::ascii_lowered(name));
  changes(rule, what);
  const auto found = before_.find(what);
  if (!in_backend() || found == before_.end() || found->second == rule.line.at) return;
  marks().changed(rule.line.at,
                  concat("this comes behind what the frontend does to the same field (",
                         model().context.sources.name(found->second),
                         "), so this one counts; in HAProxy the frontend's does"));
}

void ProxyRules::replace_field(RuleLine& rule, std::string_view name, std::string_view regex,
                               std::string_view with, bool whole) {
  // HAProxy puts what comes out in place of the whole value, hapair in place of the match.
  const std::string pattern =
      whole && !covers_all(regex) ? concat("^.*?(?:", regex, ").*$") : std::string(regex);
  for (const auto& good :
       {config::rules::kEditedField.check(name), config::rules::kRegex.check(pattern)}) {
    if (!good) {
      cannot(rule, good.error().message);
      return;
    }
  }
  emit_texts(rule, with, [&](const std::string& text, const Formula& when) {
    JsonTree replace;
    replace["name"] = name;
    replace["regex"] = pattern;
    replace["with"] = text;
    return emit(rule, when, "replace_header", list_of(std::move(replace)));
  });
  changes_field(rule, name);
}

bool ProxyRules::target_action(RuleLine& rule, std::string_view action) {
  if (action == "set-path") {
    set_target(rule, "set_path", rule.word(2));
  } else if (action == "set-query") {
    set_target(rule, "set_query", rule.word(2));
  } else if (action == "set-uri" || action == "set-pathq") {
    set_uri(rule, rule.word(2));
  } else if (action == "replace-path") {
    rewrite_path(rule, rule.word(2), rule.word(3), true);
  } else if (action == "replace-uri" || action == "replace-pathq") {
    const std::string_view regex = rule.word(2);
    if (regex.find('?') != std::string_view::npos && regex.find("\\?") != std::string_view::npos) {
      cannot(rule, "path and query are rewritten apart (`rewrite_path`, `set_query`)");
    } else if (!keeps_rest(regex, rule.word(3)) && !regex.starts_with('^')) {
      cannot(rule, "the query is part of what is matched; rewrite the path (replace-path)");
    } else {
      rule.remarks.changed.emplace_back("is made of the path, and the query stays as it is");
      rewrite_path(rule, regex, rule.word(3), true);
    }
  } else {
    return false;
  }
  return true;
}

void ProxyRules::rewrite_path(RuleLine& rule, std::string_view regex, std::string_view with,
                              bool whole) {
  const std::string pattern =
      whole && !covers_all(regex) ? concat("^.*?(?:", regex, ").*$") : std::string(regex);
  if (const auto good = config::rules::kRegex.check(pattern); !good) {
    cannot(rule, good.error().message);
    return;
  }
  if (with.find("%[") != std::string_view::npos) {
    cannot(rule,
           "what comes in place of a path is plain text with \\1 and the like; see `set_path` "
           "for texts with parts of the request");
    return;
  }
  std::string plain;
  for (std::size_t i = 0; i < with.size(); ++i) {
    plain += with[i];
    if (with[i] == '%' && i + 1 < with.size() && with[i + 1] == '%') ++i;
  }
  if (const auto good = config::rules::kReplacement.check(plain); !good) {
    cannot(rule, good.error().message);
    return;
  }
  const auto formula = when(rule);
  if (!formula) return;
  JsonTree rewrite;
  rewrite["regex"] = pattern;
  rewrite["with"] = plain;
  (void)emit(rule, *formula, "rewrite_path", std::move(rewrite));
  changes(rule, "path");
}

void ProxyRules::set_target(RuleLine& rule, std::string_view key, std::string_view format) {
  // "%[path,regsub(^/a/,/)]" is a rewriting of the path.
  const bool alone = format.starts_with("%[") && format.ends_with(']');
  if (alone && key == "set_path") {
    const auto sample = parse_sample(format.substr(2, format.size() - 3));
    if (sample && sample->fetch.name == "path" && sample->converters.size() == 1 &&
        sample->converters[0].name == "regsub" && sample->converters[0].arguments.size() == 2) {
      rewrite_path(rule, sample->converters[0].argument(0), sample->converters[0].argument(1),
                   false);
      return;
    }
  }
  emit_texts(rule, format, [&](const std::string& text, const Formula& when) {
    const auto& form =
        key == "set_path" ? config::rules::kPathTemplate : config::rules::kQueryTemplate;
    if (const auto good = form.check(text); !good) {
      cannot(rule, good.error().message);
      return false;
    }
    return emit(rule, when, key, text);
  });
  changes(rule, key == "set_path" ? "path" : "query");
}

void ProxyRules::set_uri(RuleLine& rule, std::string_view format) {
  if (!format.starts_with('/') && !format.starts_with("%[path")) {
    cannot(rule, "host, path and query are set apart (`set_header` Host, `set_path`, `set_query`)");
    return;
  }
  const std::size_t mark = format.find('?');
  set_target(rule, "set_path", format.substr(0, mark));
  if (format.find("%[pathq") == std::string_view::npos &&
      format.find("%[url") == std::string_view::npos) {
    set_target(rule, "set_query",
               mark == std::string_view::npos ? std::string_view() : format.substr(mark + 1));
  }
}

bool ProxyRules::note_action(RuleLine& rule, std::string_view action) {
  if (action.starts_with("set-var") || action.starts_with("unset-var")) {
    set_variable(rule);
  } else if (action.starts_with("track-sc")) {
    return true;  // see TableBook
  } else if (action == "capture") {
    capture(rule);
  } else if (action == "set-src" || action == "set-src-port") {
    set_source(rule);
  } else if (action == "set-priority-class") {
    const auto sample = parse_sample(rule.word(2));
    const auto number = sample && sample->fetch.name == "int"
                            ? base::parse_unsigned(sample->fetch.argument(0))
                            : std::optional<std::uint64_t>();
    const bool below = sample && sample->fetch.argument(0).starts_with('-');
    const auto negative =
        below ? base::parse_unsigned(sample->fetch.argument(0).substr(1)) : std::nullopt;
    const auto formula = when(rule);
    if (!formula) return true;
    if ((!number && !negative) || number.value_or(0) > 2047 || negative.value_or(0) > 2047) {
      cannot(rule, "a priority is a number from -2047 to 2047 that stands in the file: int(N)");
    } else if (negative) {
      (void)emit(rule, *formula, "priority", -static_cast<std::int64_t>(*negative));
    } else {
      (void)emit(rule, *formula, "priority", *number);
    }
  } else if (action == "set-timeout") {
    const auto time = parse_time(rule.word(3));
    const auto formula = when(rule);
    if (!formula) return true;
    if (rule.word(2) != "server" || !time || *time < 1000) {
      cannot(rule,
             "of a single request the time-outs of its server can be set, as a time (`timeouts`)");
      return true;
    }
    JsonTree timeouts;
    timeouts["server"] = duration_text(*time);
    (void)emit(rule, *formula, "timeouts", std::move(timeouts));
  } else {
    return false;
  }
  return true;
}

void ProxyRules::set_variable(RuleLine& rule) {
  const std::string name = argument_of(rule.word(rule.action));
  if (name.empty()) {
    marks().undecided(rule.line.at, "no variable is named", "write set-var(txn.NAME)");
    return;
  }
  marks().changed(rule.line.at, "what it stands for is written where it is used");
}

void ProxyRules::set_source(RuleLine& rule) {
  rule.guards = true;
  const auto sample = parse_sample(rule.word(rule.action + 1));
  const bool header =
      sample && (sample->fetch.name == "req.hdr" || sample->fetch.name == "req.fhdr" ||
                 sample->fetch.name == "req.hdr_ip");
  if (rule.word(rule.action) == "set-src" && header && !in_backend() && !scope_.is_tcp() &&
      base::equals_ignoring_case(sample->fetch.argument(0), "x-forwarded-for")) {
    const auto formula = when(rule);
    if (!formula) return;
    const JsonTree* const networks =
        formula->kind == Formula::Kind::kKeys && formula->keys.members().size() == 1
            ? formula->keys.find("source")
            : nullptr;
    if (networks != nullptr && networks->items().size() <= 64) {
      owner()["trusted_proxies"] = *networks;
      marks().changed(rule.line.at, "is `trusted_proxies`");
      return;
    }
  }
  cannot(rule,
         "whose request it is follows from `trusted_proxies` and X-Forwarded-For, or from "
         "`accept_proxy`; name your proxies there");
}

void ProxyRules::capture(RuleLine& rule) {
  const bool response = rule.stage == Stage::kResponse;
  const auto sample = parse_sample(rule.word(rule.action + 1));
  const auto length = base::parse_unsigned(rule.after("len", rule.action + 2));
  if (!sample || scope_.is_tcp()) {
    cannot(rule,
           "what stands in the log is a field of the request or its response (`capture`); of "
           "connections the name asked for under TLS is there anyway");
    return;
  }
  std::string name(sample->fetch.argument(0));
  if (name.empty()) name = sample->fetch.name;
  std::ranges::replace_if(
      name,
      [](char c) {
        return !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
               c != '-' && c != '_';
      },
      '-');
  name.resize(std::min<std::size_t>(name.size(), 32));
  JsonTree capture;
  capture["name"] = name;
  const bool field = sample->fetch.name == "res.hdr" && sample->converters.empty();
  if (response && !field) {
    cannot(rule, "of a response its fields can be captured (`from_response`)");
    return;
  }
  const auto formula = when(rule);
  if (!formula) return;
  if (response) {
    capture["from_response"] = sample->fetch.argument(0);
  } else {
    const auto texts = texts_of(*sample, scope_, rule.remarks);
    if (!texts || texts->size() != 1) {
      cannot(rule, texts ? "one text is captured, whatever holds" : texts.error().message);
      return;
    }
    capture["from"] = texts->front().text;
  }
  if (length && *length >= 1) capture["length"] = std::min<std::uint64_t>(*length, 256);
  (void)emit(rule, *formula, "capture", list_of(std::move(capture)));
}

}  // namespace hapair::importing::haproxy
