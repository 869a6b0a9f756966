// How servers are chosen, and how often a request is tried.
#include <algorithm>
#include <string>

#include "apps/hapair/import/haproxy/translation.hpp"
#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::uint64_t kMaxRetries = 10;

/// "name(argument)" in its two parts; the second is empty where there is none.
std::pair<std::string_view, std::string_view> call_of(std::string_view text) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) return {text, {}};
  const std::size_t close = text.find(')', open);
  return {text.substr(0, open), text.substr(open + 1, close - open - 1)};
}

/// The part of a request that a sample of HAProxy's is; empty where hapair hashes no such thing.
std::string part_of(std::string_view sample) {
  const auto [name, argument] = call_of(sample);
  if (name == "src") return "source";
  if (name == "path" || name == "url" || name == "pathq") return name == "path" ? "path" : "uri";
  if (name == "url_param" || name == "urlp") return concat("query:", argument);
  if (name == "req.cook" || name == "cook" || name == "cookie") return concat("cookie:", argument);
  if (name == "hdr" || name == "req.hdr" || name == "req.fhdr") {
    const std::string_view field = argument.substr(0, argument.find(','));
    return base::equals_ignoring_case(field, "host") ? std::string("host")
                                                     : concat("header:", field);
  }
  return {};
}

class BalanceWriter {
 public:
  BalanceWriter(Translation& all, const Proxy& proxy) : all_(all), proxy_(proxy) {}

  void write() {
    const Line* const line = all_.keep(proxy_, {"balance"});
    if (line == nullptr) {
      // Two drawn at random since 3.3, in turn before.
      if (all_.model.at_least(3, 3)) set("random");
      return;
    }
    const std::string word = base::ascii_lowered(line->word(1));
    const auto [name, argument] = call_of(word);
    if (name == "roundrobin") return;
    if (name == "first") tell_order();
    if (name == "leastconn" || name == "first") return set(name);
    if (name == "static-rr") return set("static");
    if (name == "random") return draw(argument);
    if (name == "source") return hash(*line, "source", 0);
    if (name == "uri") return hash_uri(*line);
    if (name == "url_param") {
      if (line->word(3) == "check_post") {
        all_.report.changed(line->at,
                            "`check_post`: what stands in a body is not looked at; such requests "
                            "take turns");
      }
      return hash(*line, concat("query:", line->word(2)), 0);
    }
    if (name == "hash") return hash(*line, part_of(line->word(2)), 0);
    if (name == "hdr") {
      if (line->word(2) == "use_domain_only") {
        all_.report.changed(line->at, "`use_domain_only`: all of the host is hashed");
      }
      return hash(*line, part_of(line->word(1)), 0);
    }
    if (name == "rdp-cookie") {
      set("source");
      return all_.report.changed(line->at,
                                 "hapair does not look into RDP: by the client's address");
    }
    all_.report.wrong(
        line->place(1),
        concat("there is no way to balance called \"", base::printable(word, 40), "\""),
        "roundrobin");
  }

 private:
  void set(std::string_view text) { all_.backend(proxy_)["balance"] = text; }

  /// HAProxy goes by `id`, which is the place in the file unless a server says another.
  void tell_order() {
    for (const Line* line : proxy_.lines) {
      if (line->keyword() != "server") continue;
      for (std::size_t at = 3; at < line->words.size(); ++at) {
        if (line->word(at) != "id") continue;
        all_.report.changed(line->place(at), "the first is that of the file, whatever its `id`");
      }
    }
  }

  void draw(std::string_view draws) {
    const auto number = base::parse_unsigned(draws);
    if (!number || *number == 2 || *number == 0) return set("random");
    JsonTree& tree = all_.backend(proxy_)["balance"];
    tree["algorithm"] = "random";
    tree["draws"] = std::min<std::uint64_t>(*number, 8);
  }

  void hash_uri(const Line& line) {
    std::uint64_t depth = 0;
    std::string_view on = "path";
    for (std::size_t at = 2; at < line.words.size(); ++at) {
      if (line.word(at) == "whole") {
        on = "uri";
      } else if (line.word(at) == "depth") {
        depth = base::parse_unsigned(line.word(++at)).value_or(0);
      } else if (line.word(at) == "len") {
        ++at;
        all_.report.changed(line.place(at), "`len`: all of the path is hashed, or `depth` parts");
      }
    }
    if (depth > 0 && on == "uri") {
      all_.report.changed(line.at, "`depth`: with `whole` all of path and query is hashed");
      depth = 0;
    }
    hash(line, std::string(on), std::min<std::uint64_t>(depth, 32));
  }

  void hash(const Line& line, std::string on, std::uint64_t depth) {
    if (on.empty() || (proxy_.mode == Mode::kTcp && on != "source")) {
      all_.report.changed(line.at, "hapair does not hash that: by the client's address");
      on = "source";
    }
    JsonTree& tree = all_.backend(proxy_)["balance"];
    tree["on"] = JsonTree::list();
    tree["on"].add(on);
    if (depth > 0) tree["depth"] = depth;
    const Line* const type = all_.keep(proxy_, {"hash-type"});
    const bool consistent = type != nullptr && type->word(1) == "consistent";
    if (!consistent) tree["method"] = "map";
    if (by_address()) tree["by"] = "address";
    const Line* const factor = all_.keep(proxy_, {"hash-balance-factor"});
    if (factor != nullptr && consistent) write_factor(*factor, tree);
    if (const Line* const keep = proxy_.setting({"hash-preserve-affinity"}); keep != nullptr) {
      if (keep->word(1) == "maxqueue" || keep->word(1) == "maxconn") tree["when_full"] = "next";
      all_.report.kept(keep->at);
    }
  }

  /// One for the backend: some server says `hash-key addr` or `addr-port`.
  bool by_address() const {
    return std::ranges::any_of(proxy_.lines, [](const Line* line) {
      if (line->keyword() != "server" && line->keyword() != "default-server") return false;
      const auto& words = line->words;
      for (std::size_t at = 1; at + 1 < words.size(); ++at) {
        if (words[at].text == "hash-key") return words[at + 1].text.starts_with("addr");
      }
      return false;
    });
  }

  void write_factor(const Line& line, JsonTree& tree) {
    const auto percent = base::parse_unsigned(line.word(1));
    if (!percent || *percent == 0) return;
    if (*percent % 100 == 0 && *percent <= 1000 && *percent > 100) {
      tree["load_factor"] = *percent / 100;
      return;
    }
    all_.report.changed(line.at, "a whole number of times: the next one above");
    tree["load_factor"] = std::clamp<std::uint64_t>(*percent / 100 + 1, 2, 10);
  }

  Translation& all_;
  const Proxy& proxy_;
};

void write_retries(Translation& all, const Proxy& proxy) {
  JsonTree& tree = all.backend(proxy);
  std::uint64_t retries = 3;
  if (const Line* const line = all.keep(proxy, {"retries"}); line != nullptr) {
    const auto number = base::parse_unsigned(line->word(1));
    retries = std::min(number.value_or(3), kMaxRetries);
    if (!number) {
      all.report.wrong(line->place(1), "`retries` needs a number", "3");
    } else if (*number > kMaxRetries) {
      all.report.changed(line->at, concat(kMaxRetries, " is the most"));
    }
  }
  if (retries != 2) tree["retries"] = retries;
  const Line* redispatch = proxy.setting({"option", "redispatch"});
  if (redispatch == nullptr) redispatch = proxy.setting({"redispatch"});
  if (redispatch == nullptr) {
    tree["redispatch"] = false;
  } else {
    all.report.changed(redispatch->at,
                       "every further attempt goes to another server, not the last one alone");
  }
  const Line* const on = all.keep(proxy, {"retry-on"});
  if (on == nullptr || proxy.mode != Mode::kHttp) return;
  JsonTree list = JsonTree::list();
  for (std::size_t at = 1; at < on->words.size(); ++at) {
    const std::string_view word = on->word(at);
    if (word == "none" || word == "0rtt-rejected") continue;
    if (word == "all-retryable-errors") {
      for (const char* each : {"conn-failure", "empty-response", "junk-response",
                               "response-timeout", "500", "502", "503", "504"}) {
        list.add(each);
      }
      continue;
    }
    list.add(word);
  }
  if (list.empty()) {
    tree["retries"] = 0;
  } else {
    tree["retry_on"] = std::move(list);
  }
}

}  // namespace

void translate_balance(Translation& all, const Proxy& proxy) {
  if (proxy.backend.empty()) return;
  BalanceWriter(all, proxy).write();
  write_retries(all, proxy);
  if (all.keep(proxy, {"option", "allbackups"}) != nullptr) {
    all.backend(proxy)["backups"] = "all";
  }
}

}  // namespace hapair::importing::haproxy
