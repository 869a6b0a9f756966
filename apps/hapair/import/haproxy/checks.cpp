// What a backend's servers are asked by their checks: `option httpchk` and its like.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "apps/hapair/import/haproxy/check_rules.hpp"
#include "apps/hapair/import/haproxy/translation.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

struct CheckOption {
  std::string_view option;
  std::string_view type;  ///< empty: hapair has none
};

constexpr std::array<CheckOption, 10> kOptions = {{{"httpchk", "http"},
                                                   {"tcp-check", "tcp"},
                                                   {"ssl-hello-chk", "tls"},
                                                   {"mysql-check", "mysql"},
                                                   {"pgsql-check", "postgresql"},
                                                   {"redis-check", "redis"},
                                                   {"smtpchk", "smtp"},
                                                   {"ldap-check", "ldap"},
                                                   {"external-check", ""},
                                                   {"spop-check", ""}}};

const CheckOption* option_of(const Line& line) {
  if (line.keyword() != "option") return nullptr;
  const auto found = std::ranges::find(kOptions, line.word(1), &CheckOption::option);
  return found == kOptions.end() ? nullptr : &*found;
}

/// The option that counts: the last one, unless it is taken back.
const Line* find_option(const Proxy& proxy) {
  const Line* found = nullptr;
  for (const Line* line : proxy.lines) {
    const CheckOption* const option = option_of(*line);
    if (option == nullptr) continue;
    if (line->prefix == Prefix::kNone) {
      found = line;
    } else if (found != nullptr && found->word(1) == option->option) {
      found = nullptr;
    }
  }
  return found;
}

void write_user(Translation& all, const Line& line, JsonTree& check) {
  if (line.word(2) == "user" && line.words.size() > 3) {
    check["user"] = line.word(3);
  } else if (line.word(1) == "pgsql-check") {
    all.report.wrong(line.at, "`option pgsql-check` needs `user NAME`", "the user is postgres");
    check["user"] = "postgres";
  }
}

void write_talk(Translation& all, const Proxy& proxy, const Line& line, JsonTree& check) {
  const std::string_view option = line.word(1);
  all.report.kept(line.at);
  if (option == "httpchk") {
    write_http_check(all, proxy, line, check);
  } else if (option == "tcp-check") {
    write_tcp_check(all, proxy, check);
  } else if (option == "mysql-check" || option == "pgsql-check") {
    write_user(all, line, check);
  } else if (option == "smtpchk" && line.words.size() > 3) {
    check["hello_name"] = line.word(3);
  } else if (option == "ssl-hello-chk") {
    all.report.changed(line.at, "a whole handshake, in a version that is still spoken");
    check["tls"]["verify"] = false;
  }
}

}  // namespace

void translate_check(Translation& all, const Proxy& proxy, bool checked) {
  if (!checked) return;
  const Line* const line = find_option(proxy);
  const CheckOption* const option = line == nullptr ? nullptr : option_of(*line);
  JsonTree check;
  check["type"] = option == nullptr || option->type.empty() ? "tcp" : option->type;
  if (option != nullptr && option->type.empty()) {
    all.report.not_supported(line->at,
                             concat("`option ", option->option,
                                    "`: a connection is enough now; a check of type `script` runs "
                                    "a program, which gets the server's name, address and port"));
  } else if (line != nullptr) {
    write_talk(all, proxy, *line, check);
  }
  all.backend(proxy)["check"] = std::move(check);
}

std::vector<const Line*> check_rules(const Proxy& proxy, std::string_view keyword) {
  std::vector<const Line*> out;
  for (const Line& line : proxy.section->lines) {
    if (line.keyword() == keyword) out.push_back(&line);
  }
  if (!out.empty()) return out;
  for (const Line* line : proxy.lines) {
    if (line->keyword() == keyword) out.push_back(line);
  }
  return out;
}

std::size_t expect_words(const Line& line, Expectation& out) {
  std::size_t at = 2;
  static constexpr std::array<std::string_view, 7> kTaking = {
      "min-recv",   "ok-status", "error-status", "tout-status",
      "on-success", "on-error",  "status-code"};
  while (at < line.words.size()) {
    const std::string_view word = line.word(at);
    if (word == "comment") {
      out.comment = std::string(line.word(at + 1));
      at += 2;
    } else if (std::ranges::find(kTaking, word) != kTaking.end()) {
      at += 2;
    } else if (word == "!") {
      out.negated = !out.negated;
      ++at;
    } else {
      break;
    }
  }
  out.what = line.word(at);
  if (out.what.starts_with('!')) {
    out.negated = !out.negated;
    out.what.remove_prefix(1);
  }
  return at + 1;
}

void connect_words(Translation& all, const Line& line, JsonTree& check) {
  for (std::size_t at = 2; at < line.words.size(); ++at) {
    const std::string_view word = line.word(at);
    if (word == "port") {
      const auto port = base::parse_unsigned(line.word(++at));
      if (port && *port > 0 && *port <= 65535) check["port"] = *port;
    } else if (word == "ssl") {
      if (!check.contains("tls")) check["tls"]["verify"] = false;
    } else if (word == "sni") {
      check["tls"]["name"] = line.word(++at);
    } else if (word == "send-proxy") {
      check["send_proxy"] = "v1";
    } else if (word == "alpn" || word == "proto" || word == "addr" || word == "comment") {
      ++at;
      if (word == "addr") check["address"] = line.word(at);
    } else if (word != "default" && word != "linger") {
      all.report.not_supported(line.place(at), concat("`", base::printable(word, 40),
                                                      "`: the check connects without it"));
    }
  }
  all.report.kept(line.at);
}

}  // namespace hapair::importing::haproxy
