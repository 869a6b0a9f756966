#include "apps/hapair/import/haproxy/rules/rule_text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "apps/hapair/import/haproxy/rules/fetch_tests.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;
using Cases = std::vector<TextCase>;

constexpr std::size_t kMaxCases = 16;

Cases one(std::string text) {
  Cases out;
  out.push_back({always(), std::move(text)});
  return out;
}

/// Each case of the one with each of the other behind it.
base::Result<Cases> behind(const Cases& first, const Cases& second) {
  Cases out;
  for (const TextCase& a : first) {
    for (const TextCase& b : second) {
      Formula when = all(a.when, b.when);
      if (when.is_false()) continue;
      out.push_back({std::move(when), concat(a.text, b.text)});
    }
  }
  if (out.size() > kMaxCases) {
    return base::fail(
        concat("the text has more than ", kMaxCases, " cases; write a rule for each that matters"));
  }
  return out;
}

Cases either(const Formula& when, std::string yes, std::string no) {
  Cases out;
  if (!when.is_false()) out.push_back({when, std::move(yes)});
  if (!when.is_true()) out.push_back({negation(when), std::move(no)});
  return out;
}

struct Variable {
  std::string_view name;
  std::string_view text;
};
constexpr auto kSamples = std::to_array<Variable>({
    {"src", "%{client_address}"},
    {"method", "%{method}"},
    {"path", "%{path}"},
    {"query", "%{query}"},
    {"url", "%{target}"},
    {"pathq", "%{target}"},
    {"base", "%{host}%{path}"},
    {"ssl_fc_sni", "%{sni}"},
});
constexpr auto kLetters = std::to_array<Variable>({
    {"ci", "%{client_address}"},
    {"HM", "%{method}"},
    {"HP", "%{path}"},
    {"HPO", "%{path}"},
    {"HU", "%{target}"},
    {"HQ", "?%{query}"},
});

/// The ports that clients of the proxy's requests connect to.
std::set<std::int64_t> ports_of(Scope& scope) {
  std::set<std::int64_t> out;
  Model& model = scope.shared().model;
  for (const Proxy& each : model.proxies) {
    const bool counts = !each.frontend.empty() && each.mode == scope.proxy().mode &&
                        (scope.proxy().frontend.empty() || &each == &scope.proxy());
    if (!counts) continue;
    const JsonTree* const binds = model.tree_of_frontend(each).find("bind");
    if (binds == nullptr || !binds->is_list()) continue;
    for (const JsonTree& bind : binds->items()) {
      const JsonTree* const port = bind.find("port");
      if (port != nullptr && port->number() != nullptr) out.insert(*port->number());
    }
  }
  return out;
}

base::Result<Cases> port_cases(Scope& scope) {
  const std::set<std::int64_t> ports = ports_of(scope);
  if (ports.empty() || ports.size() > kMaxCases) {
    return base::fail(
        "texts don't name the port that was connected to; `forwarded_headers` has "
        "X-Forwarded-Port");
  }
  Cases out;
  if (ports.size() == 1) return one(concat(*ports.begin()));
  for (const std::int64_t port : ports) out.push_back({key("port", port), concat(port)});
  return out;
}

base::Result<Cases> variable_cases(const Sample& sample, Scope& scope, Remarks& remarks) {
  Shared& shared = scope.shared();
  const std::string_view name = sample.fetch.argument(0);
  const auto assignments = scope.assignments(name);
  if (!assignments) return std::unexpected(assignments.error());
  if (assignments->empty()) {
    return base::fail(concat("nothing that hapair knows of sets ", base::printable(name, 64)));
  }
  if (shared.depth >= Shared::kMaxDepth || !shared.spend(4096)) {
    return base::fail("variables lead from one to another too often; write what they stand for");
  }
  ++shared.depth;
  Cases out;
  base::Result<void> good;
  std::vector<Formula> set;
  for (std::size_t i = 0; i < assignments->size() && good; ++i) {
    const Assignment& each = (*assignments)[i];
    const auto counts = scope.counts(*assignments, i, remarks);
    if (!counts) {
      good = std::unexpected(counts.error());
      break;
    }
    if (each.value.fetch.name.empty() || counts->is_false()) continue;
    set.push_back(*counts);
    Sample value = each.value;
    value.converters.insert(value.converters.end(), sample.converters.begin(),
                            sample.converters.end());
    auto texts = texts_of(value, *each.scope, remarks);
    if (!texts) {
      good = std::unexpected(texts.error());
      break;
    }
    for (TextCase& text : *texts) {
      out.push_back({all(*counts, std::move(text.when)), std::move(text.text)});
    }
  }
  --shared.depth;
  if (!good) return std::unexpected(good.error());
  Formula none = negation(any(std::move(set)));
  if (!none.is_false()) out.push_back({std::move(none), {}});
  if (out.size() > kMaxCases) return base::fail("a variable has too many values; write a map");
  return out;
}

/// `true` and `false` by a bool fetch, as %[ssl_fc,iif(https,http)] has them.
std::optional<base::Result<Cases>> truth_cases(const Sample& sample, Scope& scope,
                                               Remarks& remarks) {
  const bool iif = sample.converters.size() == 1 && sample.converters[0].name == "iif";
  const std::string& name = sample.fetch.name;
  if (name != "ssl_fc" && name != "ssl_c_used" && name != "ssl_fc_has_crt" &&
      !(iif && name == "var")) {
    return std::nullopt;
  }
  if (!sample.converters.empty() && !iif) return std::nullopt;
  AclTest test{.sample = {.fetch = sample.fetch}, .how = Compared::kBool};
  const auto when = formula_of(test, scope, remarks);
  if (!when) return std::unexpected(when.error());
  const std::string_view yes = iif ? sample.converters[0].argument(0) : "1";
  const std::string_view no = iif ? sample.converters[0].argument(1) : "0";
  if (name == "ssl_fc" && yes == "https" && no == "http") return one("%{scheme}");
  return either(*when, plain_text(yes), plain_text(no));
}

std::optional<base::Result<Cases>> map_cases(const Sample& sample, Scope& scope) {
  if (sample.converters.empty() || !sample.converters.back().name.starts_with("map")) {
    return std::nullopt;
  }
  const Call& call = sample.converters.back();
  const std::string_view kind = map_kind_of(call.name);
  const std::string map_key = map_key_of(sample, sample.converters.size() - 1);
  if (kind.empty() || map_key.empty()) {
    return base::fail(concat("hapair has no map for ", to_string(sample),
                             "; it has maps by exact, prefix, domain and network, of the host, the "
                             "path, fields, cookies and parameters"));
  }
  const auto map = scope.shared().maps.name_of(std::string(call.argument(0)), kind);
  if (!map) return std::unexpected(map.error());
  const std::string value = concat("%{map:", *map, ":", map_key, "}");
  if (call.arguments.size() < 2) return one(value);
  JsonTree look;
  look["name"] = *map;
  look["key"] = map_key;
  return either(key("map", std::move(look)), value, plain_text(call.argument(1)));
}

base::Result<Cases> plain_cases(const Sample& sample, Scope& scope) {
  const std::string& name = sample.fetch.name;
  const std::string_view first = sample.fetch.argument(0);
  if (!sample.converters.empty()) {
    if (map_key_of(sample, sample.converters.size()) == "host") return one("%{host}");
    return base::fail(
        concat("texts take what the request says as it is, without the converters of ",
               to_string(sample), "; let the server convert it, or use a map"));
  }
  const auto* const known = std::ranges::find(kSamples, name, &Variable::name);
  if (known != kSamples.end()) return one(std::string(known->text));
  if ((name == "req.hdr" || name == "req.fhdr") && !first.empty()) {
    return one(concat("%{header:", first, "}"));
  }
  if (name == "req.cook" && !first.empty()) return one(concat("%{cookie:", first, "}"));
  if (name == "dst_port") return port_cases(scope);
  if (name == "str" || name == "int") return one(plain_text(first));
  if (name == "env") {
    const auto& environment = scope.shared().model.context.options.environment;
    const auto value = environment.find(first);
    return one(plain_text(value == environment.end() ? std::string() : value->second));
  }
  if (name == "uuid" || name == "unique-id") {
    return base::fail("ids of requests are `request_id` of a frontend");
  }
  if (name.starts_with("ssl_c_")) {
    return base::fail(
        "what a client's certificate says is told to servers by "
        "`pass_client_certificate`");
  }
  if (name == "url_param") {
    return base::fail("texts don't name a parameter of the query; the server sees the query");
  }
  return base::fail(concat("texts of rules don't name ", to_string(sample),
                           "; they name the client's address, host, path, query, target, method, "
                           "scheme, sni, fields, cookies and values of maps"));
}

/// Reads a format part by part.
class FormatReader {
 public:
  FormatReader(std::string_view format, Scope& scope, Remarks& remarks)
      : rest_(format), scope_(scope), remarks_(remarks) {}

  base::Result<Cases> read() {
    base::Result<Cases> out = one({});
    while (!rest_.empty() && out) {
      const std::size_t percent = std::min(rest_.find('%'), rest_.size());
      if (percent > 0) {
        out = behind(*out, one(std::string(rest_.substr(0, percent))));
        rest_.remove_prefix(percent);
        continue;
      }
      rest_.remove_prefix(1);
      const auto part = after_percent();
      if (!part) return part;
      out = behind(*out, *part);
    }
    return out;
  }

 private:
  base::Result<Cases> after_percent() {
    if (rest_.starts_with('%')) {
      rest_.remove_prefix(1);
      return one("%%");
    }
    bool quoted = false;
    if (rest_.starts_with('{')) {
      const std::size_t end = rest_.find('}');
      if (end == std::string_view::npos) return base::fail("a \"%{\" has no \"}\"; close it");
      quoted = rest_.substr(0, end).find("+Q") != std::string_view::npos;
      rest_.remove_prefix(end + 1);
    }
    auto cases = rest_.starts_with('[') ? sample() : letters();
    if (cases && quoted) {
      for (TextCase& each : *cases) each.text = concat("\"", each.text, "\"");
    }
    return cases;
  }

  base::Result<Cases> sample() {
    const std::size_t end = closing();
    if (end == std::string_view::npos) return base::fail("a \"%[\" has no \"]\"; close it");
    const auto parsed = parse_sample(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    if (!parsed) return std::unexpected(parsed.error());
    return texts_of(*parsed, scope_, remarks_);
  }

  /// Where the bracket closes; those within parentheses don't count.
  [[nodiscard]] std::size_t closing() const {
    int depth = 0;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '(') ++depth;
      if (rest_[i] == ')' && depth > 0) --depth;
      if (rest_[i] == ']' && depth == 0) return i;
    }
    return std::string_view::npos;
  }

  base::Result<Cases> letters() {
    std::size_t size = 0;
    while (size < rest_.size() && ((rest_[size] >= 'a' && rest_[size] <= 'z') ||
                                   (rest_[size] >= 'A' && rest_[size] <= 'Z'))) {
      ++size;
    }
    const std::string_view word = rest_.substr(0, size);
    // The longest name that fits; what stands behind it is text.
    for (std::size_t length = std::min<std::size_t>(size, 3); length > 0; --length) {
      const auto* const known =
          std::ranges::find(kLetters, word.substr(0, length), &Variable::name);
      if (known == kLetters.end()) continue;
      rest_.remove_prefix(length);
      return one(std::string(known->text));
    }
    if (word == "fp") {
      rest_.remove_prefix(2);
      return port_cases(scope_);
    }
    if (word.empty()) return one("%%");
    if (word == "ID") return base::fail("ids of requests are `request_id` of a frontend");
    return base::fail(concat("texts of rules have nothing like %", base::printable(word, 16),
                             "; what is for the log stands there by itself"));
  }

  std::string_view rest_;
  Scope& scope_;
  Remarks& remarks_;
};

}  // namespace

std::string plain_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '%') out += '%';
  }
  return out;
}

base::Result<std::vector<TextCase>> texts_of(const Sample& sample, Scope& scope, Remarks& remarks) {
  if (auto cases = truth_cases(sample, scope, remarks)) return *std::move(cases);
  if (sample.fetch.name == "var") return variable_cases(sample, scope, remarks);
  if (auto cases = map_cases(sample, scope)) return *std::move(cases);
  return plain_cases(sample, scope);
}

base::Result<std::vector<TextCase>> texts_of(std::string_view format, Scope& scope,
                                             Remarks& remarks) {
  return FormatReader(format, scope, remarks).read();
}

std::vector<std::string> named_in(std::string_view text) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t begin = text.find("%{");
    if (begin == std::string_view::npos) return out;
    text.remove_prefix(begin + 2);
    const std::size_t end = std::min(text.find('}'), text.size());
    std::string_view name = text.substr(0, end);
    text.remove_prefix(end);
    if (name.starts_with("map:")) {
      name.remove_prefix(4);
      (void)base::take_part(name, ':');
    }
    if (name == "target") {
      out.emplace_back("path");
      out.emplace_back("query");
    } else {
      out.push_back(base::ascii_lowered(name));
      if (out.back() == "header:host") out.emplace_back("host");
    }
  }
}

}  // namespace hapair::importing::haproxy
