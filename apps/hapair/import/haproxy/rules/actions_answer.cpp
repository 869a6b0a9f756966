// Actions that answer a request, refuse it or ask who has sent it; see proxy_rules.hpp.
#include <algorithm>
#include <array>
#include <utility>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_matches.hpp"
#include "apps/hapair/import/haproxy/rules/proxy_rules.hpp"
#include "apps/hapair/import/haproxy/rules/users.hpp"
#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

/// What stands behind `deny`, `return` and `tarpit`.
struct Reply {
  int status = 0;  ///< 0: the usual one
  std::string type{};
  std::optional<std::string> body{};
  std::string file{};
  std::vector<std::string> fields{};  ///< names of further fields
  bool error_file = false;
  std::string problem{};
  std::string fault{};  ///< for which HAProxy refuses the line, too
};

Reply read_reply(const RuleLine& rule, std::size_t from) {
  Reply reply;
  for (std::size_t i = from; i < rule.words.size(); ++i) {
    const std::string_view word = rule.word(i);
    if (word == "status" || word == "deny_status") {
      const auto status = base::parse_unsigned(rule.word(++i));
      if (!status || *status < 200 || *status > 599) {
        reply.fault = concat("\"", base::printable(rule.word(i), 32), "\" is no status");
      }
      reply.status = static_cast<int>(status.value_or(0));
    } else if (word == "content-type") {
      reply.type = rule.word(++i);
    } else if (word == "string" || word == "lf-string") {
      std::string text(rule.word(++i));
      if (word == "lf-string") {
        if (text.find("%[") != std::string::npos) {
          reply.problem = "the text of an answer is the same for all (`body`)";
        }
        for (std::size_t at = text.find("%%"); at != std::string::npos;
             at = text.find("%%", at + 1)) {
          text.erase(at, 1);
        }
      }
      reply.body = std::move(text);
    } else if (word == "file" || word == "lf-file") {
      reply.file = rule.word(++i);
      if (word == "lf-file") reply.problem = "the text of an answer is the same for all (`file`)";
    } else if (word == "hdr") {
      reply.fields.emplace_back(rule.word(i + 1));
      i += 2;
    } else if (word == "errorfile" || word == "errorfiles") {
      reply.error_file = true;
      ++i;
    } else if (word == "default-errorfiles") {
      reply.error_file = true;
    } else {
      reply.fault = concat("\"", base::printable(word, 64), "\" is no word of it");
    }
  }
  return reply;
}

/// The path, where the formula is about one path and nothing else.
const std::string* only_path(const Formula& formula) {
  if (formula.kind != Formula::Kind::kKeys || formula.keys.members().size() != 1) return nullptr;
  const JsonTree* const paths = formula.keys.find("path");
  if (paths == nullptr || !paths->is_list() || paths->items().size() != 1) return nullptr;
  return paths->items().front().text();
}

}  // namespace

bool ProxyRules::answer_action(RuleLine& rule, std::string_view action) {
  if (action == "deny" || action == "block") {
    deny(rule, 403);
  } else if (action == "reject" || action == "silent-drop") {
    refuse_connection(rule, action == "silent-drop");
  } else if (action == "tarpit") {
    tarpit(rule);
  } else if (action == "return") {
    answer(rule, 200);
  } else if (action == "redirect") {
    rule.guards = false;
    redirect(rule, 2);
  } else if (action == "auth") {
    auth(rule);
  } else if (action == "allow" || action == "accept") {
    allow(rule);
  } else if (action == "use-service") {
    use_service(rule);
  } else {
    return false;
  }
  return true;
}

void ProxyRules::deny(RuleLine& rule, int usual_status) {
  rule.guards = true;
  if (limit(rule)) return;
  answer(rule, usual_status);
}

void ProxyRules::answer(RuleLine& rule, int status) {
  const Reply reply = read_reply(rule, rule.action + 1);
  if (!reply.fault.empty()) {
    faulty(rule, reply.fault, "mend the line; a condition begins with if or unless");
    return;
  }
  if (!reply.problem.empty()) {
    cannot(rule, reply.problem);
    return;
  }
  if (reply.status > 0) status = reply.status;
  const auto formula = when(rule);
  if (!formula) return;
  for (const std::string& each : reply.fields) {
    rule.remarks.changed.push_back(concat("the field ", base::printable(each, 64),
                                          " of the answer is left out: answers that "
                                          "are made here have none of one's own"));
  }
  if (reply.error_file) {
    rule.remarks.changed.emplace_back(
        "pages of one's own for errors are `error_pages`; a file has the page alone, without "
        "status "
        "and fields");
  }
  const bool own = reply.body.has_value() || !reply.file.empty();
  if (!own && status >= 400 && (rule.word(rule.action) != "return" || reply.error_file)) {
    JsonTree deny;
    if (status != 403) deny["status"] = status;
    (void)emit(rule, *formula, "deny", std::move(deny));
    return;
  }
  JsonTree answer;
  if (status != 200) answer["status"] = status;
  if (!reply.type.empty()) {
    if (const auto good = config::rules::kMediaType.check(reply.type); !good) {
      cannot(rule, good.error().message);
      return;
    }
    answer["type"] = reply.type;
  }
  if (!reply.file.empty()) {
    if (const auto good = config::rules::kAbsolutePath.check(reply.file); !good) {
      cannot(rule, good.error().message);
      return;
    }
    answer["file"] = reply.file;
  } else {
    answer["body"] = reply.body.value_or(std::string());
  }
  (void)emit(rule, *formula, "answer", std::move(answer));
}

void ProxyRules::use_service(RuleLine& rule) {
  if (rule.word(rule.action + 1) != "prometheus-exporter") {
    cannot(rule, "hapair answers by no other service than `metrics`; the page is `stats`");
    return;
  }
  if (!ends_at(rule, rule.action + 2)) return;
  const auto formula = when(rule);
  if (!formula) return;
  const std::string* const path = only_path(*formula);
  if (in_backend() || path == nullptr || !config::rules::kRequestTarget.check(*path)) {
    cannot(rule,
           "metrics are at one path of a frontend (`metrics`), for all who come there: write `if { "
           "path /metrics }` in a frontend, and a rule that denies it to others before that");
    return;
  }
  JsonTree& frontend = owner();
  const JsonTree* const known = frontend.find("metrics");
  const JsonTree* const page = frontend.find("stats");
  const bool for_users = page != nullptr && page->is_object() && page->contains("users");
  const JsonTree* const uri = for_users ? page->find("uri") : page;
  if (known != nullptr && *known->text() != *path) {
    cannot(rule, "a frontend has its metrics at one path");
    return;
  }
  if (uri != nullptr && uri->text() != nullptr && *uri->text() == *path) {
    cannot(rule, "the page is at that path; give it another `stats uri`");
    return;
  }
  look_for_changes(rule, looks_at(*formula));
  if (for_users) rule.remarks.changed.emplace_back("it is for the users of the page");
  frontend["metrics"] = *path;
  model().context.draft.config["metrics"]["haproxy_names"] = true;
  served_.push_back(*formula);
  marks().kept(rule.line.at, rule.remarks);
}

void ProxyRules::tarpit(RuleLine& rule) {
  rule.guards = true;
  const Reply reply = read_reply(rule, rule.action + 1);
  if (!reply.fault.empty()) {
    faulty(rule, reply.fault, "mend the line; a condition begins with if or unless");
    return;
  }
  const auto formula = when(rule);
  if (!formula) return;
  JsonTree tarpit;
  std::string delay = time_out("tarpit");
  if (delay.empty()) delay = time_out("connect");
  if (!delay.empty()) tarpit["delay"] = delay;
  if (reply.status >= 400 && reply.status != 500) tarpit["status"] = reply.status;
  (void)emit(rule, *formula, "tarpit", std::move(tarpit));
}

bool ProxyRules::listens_elsewhere() {
  const JsonTree* const binds = in_backend() ? nullptr : owner().find("bind");
  if (binds == nullptr || !binds->is_list()) return false;
  return std::ranges::any_of(binds->items(), [](const JsonTree& each) {
    const JsonTree* const port = each.find("port");
    const std::int64_t* const number = port == nullptr ? nullptr : port->number();
    return number != nullptr && *number != 80 && *number != 443;
  });
}

void ProxyRules::redirect(RuleLine& rule, std::size_t first) {
  std::string_view kind;
  std::string_view to;
  std::string_view code;
  bool drop_query = false;
  bool slash = false;
  for (std::size_t i = first; i < rule.words.size(); ++i) {
    const std::string_view word = rule.word(i);
    if (word == "location" || word == "prefix" || word == "scheme") {
      kind = word;
      to = rule.word(++i);
      if (i >= rule.words.size()) {
        faulty(rule, concat("nothing follows ", kind), "say where clients are sent");
        return;
      }
    } else if (word == "code") {
      code = rule.word(++i);
    } else if (word == "drop-query") {
      drop_query = true;
    } else if (word == "append-slash") {
      slash = true;
    } else if (word == "set-cookie" || word == "set-cookie-fmt" || word == "clear-cookie") {
      rule.remarks.changed.emplace_back("the cookie is left out: redirects set none");
      ++i;
    } else if (word != "keep-query" && word != "ignore-empty") {
      faulty(rule, concat("\"", base::printable(word, 32), "\" is no word of a redirect"),
             "mend the line");
      return;
    }
  }
  if (kind.empty() || (!code.empty() && code != "301" && code != "302" && code != "303" &&
                       code != "307" && code != "308")) {
    faulty(rule,
           "a redirect says where (location, prefix or scheme), with 301, 302, 303, 307 or 308",
           "mend the line");
    return;
  }
  if (kind == "scheme" && (to == "https" || to == "http") && !drop_query && !slash) {
    const auto formula = when(rule);
    if (!formula) return;
    if (listens_elsewhere()) {
      rule.remarks.changed.emplace_back("the host comes without its port");
    }
    JsonTree redirect;
    redirect["scheme"] = to;
    if (!code.empty() && code != "302") redirect["status"] = code;
    (void)emit(rule, *formula, "redirect", std::move(redirect));
    return;
  }
  emit_texts(rule, to, [&](const std::string& text, const Formula& when) {
    JsonTree redirect;
    const std::string front = kind == "prefix" && text == "/" ? std::string() : text;
    if (kind == "location") {
      redirect["to"] = text;
    } else if (kind == "scheme") {
      redirect["to"] = concat(text, "://%{host}", drop_query ? "%{path}" : "%{target}");
    } else if (drop_query || slash) {
      redirect["to"] = concat(front, "%{path}", slash ? "/" : "");
      if (!drop_query) rule.remarks.changed.emplace_back("the query is dropped");
    } else if (front.empty()) {
      redirect["to"] = "%{target}";
    } else {
      redirect["prefix"] = front;
    }
    if (!code.empty() && code != "302") redirect["status"] = code;
    if (const auto good = config::rules::kTemplate.check(text); !good) {
      cannot(rule, good.error().message);
      return false;
    }
    return emit(rule, when, "redirect", std::move(redirect));
  });
}

void ProxyRules::auth(RuleLine& rule) {
  const bool with_realm = rule.word(rule.action + 1) == "realm";
  if (!ends_at(rule, rule.action + (with_realm ? 3 : 1))) return;
  const auto formula = when(rule);
  if (!formula) return;
  std::vector<Formula> rest;
  const Formula* asked = nullptr;
  const std::vector<Formula> terms = conjuncts(*formula);
  bool plain = true;
  for (const Formula& each : terms) {
    if (each.kind == Formula::Kind::kNot && each.of[0].kind == Formula::Kind::kUser) {
      plain = plain && asked == nullptr;
      asked = &each.of[0];
    } else {
      plain = plain && !asks_for_user(each);
      rest.push_back(each);
    }
  }
  if (asked == nullptr || !plain) {
    cannot(rule,
           "`basic_auth` refuses all who have no password of one list; write `auth unless { "
           "http_auth(LIST) }`, perhaps with further conditions");
    return;
  }
  const auto users = list_of_users(model(), asked->name);
  if (!users) {
    cannot(rule, users.error().message);
    return;
  }
  JsonTree basic;
  basic["users"] = *users;
  const std::string_view realm = rule.after("realm", rule.action + 1);
  if (!realm.empty()) basic["realm"] = realm;
  (void)emit(rule, all(std::move(rest)), "basic_auth", std::move(basic));
}

}  // namespace hapair::importing::haproxy
