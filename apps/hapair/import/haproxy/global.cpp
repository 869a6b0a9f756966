// `global`, and the sections that stand beside proxies.
#include <algorithm>
#include <string>

#include "apps/hapair/import/haproxy/addresses.hpp"
#include "apps/hapair/import/haproxy/bind_tls.hpp"
#include "apps/hapair/import/haproxy/keyword_table.hpp"
#include "apps/hapair/import/haproxy/translation.hpp"
#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::uint64_t kMaxConnections = 1'000'000;
constexpr std::int64_t kHour = 3'600'000'000;

class GlobalWriter {
 public:
  explicit GlobalWriter(Translation& all) : all_(all) {}

  void take(const Line& line) {
    const std::string_view word = line.keyword();
    if (line.prefix != Prefix::kNone) return;
    if (word == "maxconn") return set_number(line, "max_connections", kMaxConnections);
    if (word == "tune.maxaccept") return set_number(line, "max_accept", 1024);
    if (word == "hard-stop-after") {
      const auto time = all_.time_of(&line, 1, 0, kHour);
      if (time) process()["drain_timeout"] = duration_text(*time);
    } else if (word.starts_with("ssl-") || word.ends_with("-base")) {
      take_tls(line, word);
    }
  }

 private:
  JsonTree& process() { return all_.config()["process"]; }

  void set_number(const Line& line, std::string_view key, std::uint64_t highest) {
    const auto number = base::parse_unsigned(line.word(1));
    if (!number || *number == 0) {
      return all_.report.wrong(line.place(1),
                               concat("`", line.keyword(), "` needs a number from 1 on"),
                               "hapair's default counts");
    }
    process()[key] = std::min(*number, highest);
    all_.report.kept(line.at);
    if (*number > highest) all_.report.changed(line.at, concat(highest, " is the most"));
  }

  void take_tls(const Line& line, std::string_view word) {
    TlsDefaults& tls = all_.tls;
    std::string* target = word == "crt-base"                          ? &tls.crt_base
                          : word == "ca-base"                         ? &tls.ca_base
                          : word == "ssl-default-bind-ciphers"        ? &tls.ciphers
                          : word == "ssl-default-bind-ciphersuites"   ? &tls.ciphersuites
                          : word == "ssl-default-bind-curves"         ? &tls.curves
                          : word == "ssl-default-server-ciphers"      ? &tls.server_ciphers
                          : word == "ssl-default-server-ciphersuites" ? &tls.server_ciphersuites
                                                                      : nullptr;
    if (target != nullptr) {
      *target = std::string(line.word(1));
      all_.report.kept(line.at);
    } else if (word == "ssl-server-verify") {
      tls.verify_servers = line.word(1) != "none";
      all_.report.kept(line.at);
    } else if (word == "ssl-default-bind-options" || word == "ssl-default-server-options") {
      take_options(line,
                   word == "ssl-default-bind-options" ? tls.min_version : tls.server_min_version);
    }
  }

  void take_options(const Line& line, std::string& lowest) {
    all_.report.kept(line.at);
    for (std::size_t at = 1; at < line.words.size(); ++at) {
      const std::string_view word = line.word(at);
      if (word == "ssl-min-ver") {
        lowest = min_version(line.word(++at));
      } else if (word == "no-tlsv12" || word == "force-tlsv13") {
        lowest = "1.3";
      } else if (word == "ssl-max-ver" || word == "no-tlsv13" || word == "force-tlsv12") {
        if (word == "ssl-max-ver") ++at;
        all_.report.not_supported(line.place(at), "the newest version may always be spoken");
      } else {
        const WordKeyword* const known = find_word(bind_keywords(), word);
        if (known == nullptr) {
          all_.report.wrong(line.place(at),
                            concat("there is no option \"", base::printable(word, 40), "\""),
                            "it is left out");
        } else {
          all_.report.say(line.place(at), known->keyword.fate,
                          concat("`", word, "`: ", known->keyword.text));
        }
      }
    }
  }

  Translation& all_;
};

/// Without a limit of the process, one of a proxy is not cut down by hapair's default.
void raise_limit(Translation& all) {
  const JsonTree* const process = all.config().find("process");
  if (process != nullptr && process->contains("max_connections")) return;
  std::uint64_t highest = 4000;
  for (const Proxy& proxy : all.model.proxies) {
    const Line* const line = proxy.setting({"maxconn"});
    if (line == nullptr || proxy.frontend.empty()) continue;
    highest = std::max(highest, base::parse_unsigned(line->word(1)).value_or(0));
  }
  if (highest > 4000) {
    all.config()["process"]["max_connections"] = std::min(highest, kMaxConnections);
  }
}

}  // namespace

void translate_global(Translation& all) {
  GlobalWriter writer(all);
  for (const Section& section : all.model.file.sections) {
    if (section.kind != Kind::kGlobal) continue;
    all.report.kept(section.head.at);
    for (const Line& line : section.lines) writer.take(line);
  }
  raise_limit(all);
}

void translate_resolvers(Translation& all) {
  for (const Section& section : all.model.file.sections) {
    if (section.kind != Kind::kResolvers) continue;
    all.report.kept(section.head.at);
    JsonTree tree;
    JsonTree servers = JsonTree::list();
    for (const Line& line : section.lines) {
      const std::string_view word = line.keyword();
      if (word == "nameserver") {
        const auto address = parse_address(line.word(2));
        if (!address || !address->ip) {
          all.report.wrong(line.place(2), "a nameserver is an address and a port",
                           "it is left out");
          continue;
        }
        all.report.kept(line.at);
        servers.add(address->port == 53 || address->port == 0
                        ? address->ip->to_string()
                        : host_and_port(*address, address->port));
      } else if (word == "resolve_retries") {
        const auto number = base::parse_unsigned(line.word(1));
        if (number && *number != 3) tree["tries"] = std::clamp<std::uint64_t>(*number, 1, 10);
        all.report.kept(line.at);
      } else if (line.starts_with({"timeout", "retry"})) {
        const auto time = all.time_of(&line, 2, 10'000, 10'000'000);
        if (time && *time != 1'000'000) tree["timeout"] = duration_text(*time);
      } else if (line.starts_with({"timeout", "resolve"})) {
        const auto time = all.time_of(&line, 2, 100'000, 86'400'000'000);
        if (time && *time != 1'000'000) tree["min_ttl"] = duration_text(*time);
      } else if (word == "hold") {
        const std::string_view what = line.word(1);
        const std::string_view key = what == "obsolete" ? "gone" : what == "nx" ? "none" : "";
        if (key.empty()) continue;
        const auto time = parse_time(line.word(2));
        if (!time) continue;
        tree["hold"][key] = duration_text(*time);
        all.report.kept(line.at);
      }
    }
    if (!servers.empty()) tree["nameservers"] = std::move(servers);
    all.config()["resolvers"][config_name(section.name)] = std::move(tree);
  }
}

void translate_other_sections(Translation& all) {
  for (const Section& section : all.model.file.sections) {
    const Keyword* const known = find_keyword(section_keywords(), section.head);
    if (known == nullptr || section.is_proxy()) continue;
    // Sections that a part has translated have their fate by now.
    if (all.report.is_open(section.head.at)) {
      all.report.say(section.head.at, known->fate, std::string(known->text));
    }
    const bool whole = section.kind == Kind::kPeers || section.kind == Kind::kTraces ||
                       section.kind == Kind::kCrtStore || known->fate == Fate::kNotSupported;
    for (const Line& line : section.lines) {
      if (!whole || !all.report.is_open(line.at)) continue;
      all.report.say(line.at, known->fate, std::string(known->text));
    }
  }
}

}  // namespace hapair::importing::haproxy
