// Where records and access lines go. HAProxy says it of each proxy, hapair of the process.
#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "apps/hapair/import/haproxy/addresses.hpp"
#include "apps/hapair/import/haproxy/translation.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::size_t kMaxTargets = 15;  ///< stderr stands beside

/// Of hapair's levels, by syslog's; access lines are of level info.
struct Level {
  std::string_view name;
  std::string_view ours;
  bool access = false;
};
constexpr std::array<Level, 8> kLevels = {{{"emerg", "error", false},
                                           {"alert", "error", false},
                                           {"crit", "error", false},
                                           {"err", "error", false},
                                           {"warning", "warning", false},
                                           {"notice", "info", false},
                                           {"info", "info", true},
                                           {"debug", "debug", true}}};

bool is_level(std::string_view word) {
  return std::ranges::find(kLevels, word, &Level::name) != kLevels.end();
}

class LogWriter {
 public:
  explicit LogWriter(Translation& all) : all_(all) {}

  void take(const Line& line, bool access) {
    if (line.prefix != Prefix::kNone || line.words.size() < 2 || line.word(1) == "global") return;
    const std::string_view target = line.word(1);
    JsonTree tree;
    all_.report.kept(line.at);
    if (target == "stdout" || target == "stderr" || target.starts_with("fd@")) {
      tree["type"] = target == "stdout" || target == "fd@1" ? "stdout" : "stderr";
    } else if (target.starts_with("ring@") || target.starts_with("backend@")) {
      return all_.report.not_supported(
          line.at, "name the server itself as a target of `log`, by UDP or as a Unix socket");
    } else if (!write_syslog(line, tree)) {
      return;
    }
    write_words(line, access, tree);
    for (const std::string& comment : line.above) tree.comment(comment);
    const std::string text = tree.to_text();
    if (!seen_.insert(text).second) return;
    if (list_.items().size() == kMaxTargets) {
      return all_.report.not_supported(line.at, "there are at most 16 targets");
    }
    list_.add(std::move(tree));
  }

  void set_tag(const Line& line) {
    tag_ = std::string(line.word(1));
    all_.report.kept(line.at);
  }

  void finish() {
    if (list_.empty()) return;
    const bool has_stderr = std::ranges::any_of(
        list_.items(), [](const JsonTree& each) { return *each.find("type")->text() == "stderr"; });
    if (!has_stderr) {
      JsonTree journal;
      journal["type"] = "stderr";
      journal["what"] = "records";
      list_.items().insert(list_.items().begin(), std::move(journal));
    }
    all_.config()["log"] = std::move(list_);
  }

 private:
  bool write_syslog(const Line& line, JsonTree& tree) {
    const auto address = parse_address(line.word(1));
    tree["type"] = "syslog";
    if (address && address->form == Address::Form::kUnix) {
      tree["socket"] = address->host;
    } else if (address && address->ip) {
      tree["address"] = host_and_port(*address, address->port == 0 ? 514 : address->port);
    } else {
      all_.report.undecided(line.place(1),
                            concat("the log goes to \"", base::printable(line.word(1), 60),
                                   "\", which is no address"),
                            "write the address of the syslog server");
      return false;
    }
    return true;
  }

  void write_words(const Line& line, bool access, JsonTree& tree) {
    std::string_view level;
    for (std::size_t at = 2; at < line.words.size(); ++at) {
      const std::string_view word = line.word(at);
      if (word == "len" || word == "sample" || word == "profile") {
        ++at;
        if (word != "len") all_.report.not_supported(line.place(at), "all lines are logged");
      } else if (word == "format") {
        if (line.word(++at) == "rfc5424") format_ = "rfc5424";
      } else if (is_level(word)) {
        if (level.empty()) level = word;
      } else if (*tree.find("type")->text() == "syslog") {
        write_facility(line, at, tree);
      }
    }
    const bool syslog = *tree.find("type")->text() == "syslog";
    if (syslog && !format_.empty()) tree["format"] = format_;
    format_ = {};
    const auto found = std::ranges::find(kLevels, level, &Level::name);
    const bool lines = access && (found == kLevels.end() || found->access);
    if (!lines) tree["what"] = "records";
    if (found != kLevels.end() && found->ours != "info") tree["level"] = found->ours;
    if (syslog && !tag_.empty()) tree["tag"] = tag_;
  }

  void write_facility(const Line& line, std::size_t at, JsonTree& tree) {
    const std::string_view word = line.word(at);
    const bool known = word == "user" || word == "daemon" ||
                       (word.starts_with("local") && word.size() == 6 && word[5] <= '7');
    if (!known) {
      all_.report.changed(line.place(at), concat("the facility ", base::printable(word, 20),
                                                 " is not in hapair: daemon"));
    } else if (word != "daemon") {
      tree["facility"] = word;
    }
  }

  Translation& all_;
  JsonTree list_ = JsonTree::list();
  std::set<std::string> seen_;
  std::string tag_;
  std::string_view format_;
};

/// Whether the proxy writes access lines at all: `log global`, or a target of its own, and no
/// `no log` behind it.
bool has_access_log(const Proxy& proxy) {
  bool logs = false;
  for (const Line* line : proxy.lines) {
    if (line->keyword() == "log") logs = line->prefix == Prefix::kNone;
  }
  return logs;
}

/// "no log" has but one word behind its prefix.
bool takes_logs_back(const Line& line) {
  return line.prefix == Prefix::kNo && line.keyword() == "log";
}

std::string_view format_of(Translation& all, const Proxy& proxy) {
  std::string_view format;
  for (const Line* line : proxy.lines) {
    if (line->prefix != Prefix::kNone) continue;
    if (line->starts_with({"option", "httplog"}) || line->starts_with({"option", "httpslog"})) {
      format = "httplog";
    } else if (line->starts_with({"option", "tcplog"})) {
      format = "tcplog";
    } else if (line->keyword() == "log-format") {
      const std::string_view text = line->word(1);
      const bool json = text.find('{') != std::string_view::npos &&
                        text.find('"') != std::string_view::npos && text.starts_with('{');
      format = json ? "json" : proxy.mode == Mode::kHttp ? "httplog" : "tcplog";
      all.report.changed(line->at,
                         json ? "`log_format` `json` has the same, by names of its own"
                              : concat("`log_format` `", format, "`; `json` has more, by names"));
      continue;
    } else {
      continue;
    }
    all.report.kept(line->at);
  }
  return format;
}

}  // namespace

void translate_logs(Translation& all) {
  const bool access = std::ranges::any_of(all.model.proxies, has_access_log);
  LogWriter writer(all);
  for (const Section& section : all.model.file.sections) {
    for (const Line& line : section.lines) {
      if (line.keyword() == "log-tag") writer.set_tag(line);
    }
  }
  for (const Section& section : all.model.file.sections) {
    const bool counts =
        section.kind == Kind::kGlobal || section.kind == Kind::kDefaults || section.is_proxy();
    for (const Line& line : section.lines) {
      if (line.keyword() != "log" || !counts) continue;
      writer.take(line, access);
      if (line.word(1) == "global" || takes_logs_back(line)) all.report.kept(line.at);
    }
  }
  writer.finish();
}

void translate_access_log(Translation& all, const Proxy& proxy) {
  if (proxy.frontend.empty()) return;
  JsonTree& tree = all.frontend(proxy);
  const std::string_view format = format_of(all, proxy);
  const std::string_view standard = proxy.mode == Mode::kHttp ? "httplog" : "tcplog";
  if (!has_access_log(proxy)) {
    tree["log_format"] = "off";
  } else if (format == "tcplog" && standard == "httplog") {
    tree["log_format"] = "tcplog";
  } else if (format == "json") {
    tree["log_format"] = "json";
  }
  const bool quiet = all.keep(proxy, {"option", "dontlognull"}) != nullptr;
  if (!quiet && has_access_log(proxy)) tree["log_null"] = true;
  if (proxy.mode != Mode::kHttp) return;
  JsonTree request = JsonTree::list();
  JsonTree response = JsonTree::list();
  std::uint64_t length = 0;
  for (const Line& line : proxy.section->lines) {
    const bool of_request = line.starts_with({"capture", "request", "header"});
    if (!of_request && !line.starts_with({"capture", "response", "header"})) continue;
    JsonTree& list = of_request ? request : response;
    if (list.items().size() == 8) {
      all.report.not_supported(line.at, "at most 8 fields are captured: take `log_format` `json`");
      continue;
    }
    list.add(line.word(3));
    length = std::max(length, base::parse_unsigned(line.word(5)).value_or(64));
    all.report.kept(line.at);
  }
  if (request.empty() && response.empty()) return;
  if (!request.empty()) tree["capture"]["request"] = std::move(request);
  if (!response.empty()) tree["capture"]["response"] = std::move(response);
  if (length != 64) tree["capture"]["length"] = std::clamp<std::uint64_t>(length, 1, 256);
}

}  // namespace hapair::importing::haproxy
