// Clients that stay on their servers: `cookie` and `stick`.
#include <algorithm>
#include <string>

#include "apps/hapair/import/haproxy/translation.hpp"
#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::int64_t kSecond = 1'000'000;

class CookieWriter {
 public:
  CookieWriter(Translation& all, const Line& line) : all_(all), line_(line) {}

  JsonTree write() {
    tree_["name"] = line_.word(1);
    for (at_ = 2; at_ < line_.words.size(); ++at_) take(line_.word(at_));
    const bool insert = mode_ == "insert";
    if (mode_ == "rewrite" || mode_ == "prefix") tree_["mode"] = mode_;
    if (!nocache_) tree_["nocache"] = false;
    if (insert && !indirect_) tree_["indirect"] = false;
    if (insert && !http_only_) tree_["http_only"] = false;
    if (insert) tree_["secure"] = secure_ ? "always" : "never";
    return std::move(tree_);
  }

 private:
  void take(std::string_view word) {
    if (word == "insert" || word == "rewrite" || word == "prefix") {
      mode_ = std::string(word);
    } else if (word == "indirect") {
      indirect_ = true;
    } else if (word == "nocache") {
      nocache_ = true;
    } else if (word == "httponly") {
      http_only_ = true;
    } else if (word == "secure") {
      secure_ = true;
    } else if (word == "domain") {
      std::string_view domain = line_.word(++at_);
      if (domain.starts_with('.')) domain.remove_prefix(1);
      tree_["domain"] = domain;
    } else if (word == "maxidle" || word == "maxlife") {
      take_time(word == "maxidle" ? "max_idle" : "max_life");
    } else if (word == "attr") {
      take_attribute(line_.word(++at_));
    } else if (word == "dynamic") {
      all_.report.changed(line_.place(at_),
                          "`dynamic`: what stands for a server derives from the "
                          "secret, the same on all nodes");
    } else if (word == "preserve") {
      all_.report.not_supported(
          line_.place(at_),
          "`preserve`: a cookie of that name from the server is replaced; let "
          "the server use another name");
    } else if (word == "postonly") {
      all_.report.changed(line_.place(at_), "`postonly`: the cookie is set by any answer");
    } else {
      all_.report.wrong(line_.place(at_),
                        concat("`cookie` has no word \"", base::printable(word, 40), "\""),
                        "it is left out");
    }
  }

  /// Without a unit these are seconds.
  void take_time(std::string_view key) {
    const auto time = parse_time(line_.word(++at_), "s");
    if (!time) {
      return all_.report.wrong(line_.place(at_), "that is no time", "any time");
    }
    tree_[key] = duration_text(*time);
  }

  void take_attribute(std::string_view attribute) {
    const std::string_view name = base::take_part(attribute, '=');
    if (base::equals_ignoring_case(name, "SameSite")) {
      for (const char* value : {"Lax", "Strict", "None"}) {
        if (base::equals_ignoring_case(attribute, value)) tree_["same_site"] = value;
      }
    } else if (base::equals_ignoring_case(name, "Path")) {
      tree_["path"] = attribute;
    } else {
      all_.report.not_supported(line_.place(at_),
                                concat("the attribute ", base::printable(name, 40),
                                       ": a cookie has domain, path and SameSite"));
    }
  }

  Translation& all_;
  const Line& line_;
  JsonTree tree_;
  std::string mode_;
  std::size_t at_ = 0;
  bool indirect_ = false;
  bool nocache_ = false;
  bool http_only_ = false;
  bool secure_ = false;
};

/// What clients are told by: "src", "req.cook(SID)"; empty where hapair remembers no such thing.
std::string stick_key(std::string_view sample) {
  const std::size_t open = sample.find('(');
  const std::string_view name = sample.substr(0, open);
  const std::string_view argument =
      open == std::string_view::npos
          ? std::string_view()
          : sample.substr(open + 1, sample.find_first_of(",)", open) - open - 1);
  if (name == "src") return "source";
  for (const std::string_view each :
       {"req.cook", "cook", "cookie", "res.cook", "scook", "set-cookie"}) {
    if (name == each && !argument.empty()) return concat("cookie:", argument);
  }
  for (const std::string_view each : {"req.hdr", "hdr", "req.fhdr"}) {
    if (name == each && !argument.empty()) return concat("header:", argument);
  }
  if (name == "req.ssl_sni" || name == "req_ssl_sni") return "sni";
  return {};
}

void write_table(Translation& all, const Line& line, JsonTree& stick) {
  all.report.kept(line.at);
  for (std::size_t at = 1; at < line.words.size(); ++at) {
    const std::string_view word = line.word(at);
    if (word == "size") {
      if (const auto size = parse_size(line.word(++at)); size && *size > 0) {
        stick["size"] = std::min<std::int64_t>(*size, 10'000'000);
      }
    } else if (word == "expire") {
      if (const auto time = parse_time(line.word(++at)); time) {
        stick["expire"] = duration_text(std::max(*time, kSecond));
      }
    } else if (word == "peers") {
      ++at;
      all.report.changed(line.place(at - 1),
                         "`peers`: each node has a table of its own; with `balance` `source` or a "
                         "`cookie` all nodes choose the same server");
    }
  }
}

void write_stick(Translation& all, const Proxy& proxy, const Line& first) {
  std::string key;
  for (const Line& line : proxy.section->lines) {
    if (line.keyword() != "stick") continue;
    const std::string each = stick_key(line.word(2));
    if (each.empty() || (!key.empty() && each != key)) {
      all.report.not_supported(line.at,
                               "hapair remembers clients by one thing: their address, a field, a "
                               "cookie, or the name that they ask for under TLS");
      continue;
    }
    key = each;
    all.report.kept(line.at);
    for (std::size_t at = 3; at < line.words.size(); ++at) {
      if (line.word(at) == "table") {
        all.report.changed(line.place(at), "each backend has a table of its own");
      } else if (line.word(at) == "if" || line.word(at) == "unless") {
        all.report.changed(line.place(at), "clients are remembered whatever they ask for");
        break;
      }
    }
  }
  if (key.empty()) return;
  if (proxy.mode == Mode::kTcp && key != "source" && key != "sni") {
    return all.report.not_supported(first.at, "in mode tcp clients are told by their address");
  }
  JsonTree stick;
  stick["on"] = key;
  for (const Line& line : proxy.section->lines) {
    if (line.keyword() == "stick-table") write_table(all, line, stick);
  }
  all.backend(proxy)["stick"] = std::move(stick);
}

}  // namespace

void translate_persistence(Translation& all, const Proxy& proxy) {
  if (proxy.backend.empty()) return;
  const Line* const cookie = proxy.setting({"cookie"});
  const Line* const stick = proxy.setting({"stick"});
  if (cookie != nullptr && proxy.mode == Mode::kHttp) {
    all.report.kept(cookie->at);
    all.backend(proxy)["cookie"] = CookieWriter(all, *cookie).write();
    if (stick != nullptr) {
      for (const Line& line : proxy.section->lines) {
        if (line.keyword() == "stick" || line.keyword() == "stick-table") {
          all.report.changed(line.at, "a backend keeps its clients by one way: the cookie counts");
        }
      }
    }
    return;
  }
  if (const Line* const session = proxy.setting({"appsession"});
      session != nullptr && stick == nullptr && proxy.mode == Mode::kHttp) {
    all.backend(proxy)["stick"]["on"] = concat("cookie:", session->word(1));
    all.report.changed(session->at,
                       "a table knows the cookie from the moment that a server sets it");
  }
  if (stick != nullptr) write_stick(all, proxy, *stick);
}

}  // namespace hapair::importing::haproxy
