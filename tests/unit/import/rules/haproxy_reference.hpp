// HAProxy's rules evaluated as its manual has them, by the plainest means, to compare with what
// hapair makes of the translated ones. Only what the configs of the test use.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/import/haproxy/condition.hpp"
#include "apps/hapair/import/haproxy/rules/acl_test.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy::test {

struct Visit {
  std::string method = "GET";
  std::string host = "www.example.com";
  std::string path = "/";
  std::string query{};
  std::vector<std::pair<std::string, std::string>> fields{};
  std::string client = "192.0.2.1";
  std::int64_t port = 80;
  bool tls = false;
};

class HaproxyReference {
 public:
  HaproxyReference(const File& file, const Section& frontend) {
    for (const Line* line : file.lines_of(frontend)) {
      if (line->keyword() == "acl") acls_[std::string(line->word(1))].push_back(line);
      lines_.push_back(line);
    }
  }

  /// "backend NAME", "deny STATUS", "drop", "redirect STATUS" or "answer STATUS".
  [[nodiscard]] std::string verdict(const Visit& visit) const {
    for (const std::string_view phase : {"connection", "content", "http-request", "redirect"}) {
      if (const auto last = run(phase, visit)) return *last;
    }
    for (const Line* line : lines_) {
      if (line->keyword() == "use_backend" && holds(*line, visit)) {
        return base::concat("backend ", line->word(1));
      }
    }
    for (const Line* line : lines_) {
      if (line->keyword() == "default_backend") return base::concat("backend ", line->word(1));
    }
    return "none";
  }

 private:
  [[nodiscard]] std::optional<std::string> run(std::string_view phase, const Visit& visit) const {
    for (const Line* line : lines_) {
      const bool tcp = line->keyword() == "tcp-request" && line->word(1) == phase;
      if (!tcp && line->keyword() != phase) continue;
      if (!holds(*line, visit)) continue;
      const std::string_view action = phase == "redirect" ? phase : line->word(tcp ? 2 : 1);
      if (action == "allow" || action == "accept") return std::nullopt;
      if (action == "reject" || action == "silent-drop") return "drop";
      if (action == "deny") return base::concat("deny ", after(*line, "deny_status", "403"));
      if (action == "return") return base::concat("answer ", after(*line, "status", "200"));
      if (action == "redirect") return base::concat("redirect ", after(*line, "code", "302"));
    }
    return std::nullopt;
  }

  static std::string after(const Line& line, std::string_view word, std::string_view usual) {
    for (std::size_t i = 0; i + 1 < line.words.size(); ++i) {
      if (line.word(i) == word) return std::string(line.word(i + 1));
    }
    return std::string(usual);
  }

  [[nodiscard]] bool holds(const Line& line, const Visit& visit) const {
    const auto rule = split_condition(line.words);
    if (!rule->condition) return true;
    bool any = false;
    for (const std::vector<Term>& terms : rule->condition->any_of) {
      any = any || std::ranges::all_of(terms, [&](const Term& each) {
              return term_holds(each, visit) != each.negated;
            });
    }
    return any != rule->condition->unless;
  }

  [[nodiscard]] bool term_holds(const Term& term, const Visit& visit) const {
    if (term.acl.empty()) return test_holds(*parse_test(term.test), visit);
    const auto acl = acls_.find(term.acl);
    if (acl == acls_.end()) {
      std::vector<Word> words;
      for (const std::string_view each : base::split(predefined_acl(term.acl), ' ')) {
        words.push_back({.text = std::string(each)});
      }
      return test_holds(*parse_test(words), visit);
    }
    return std::ranges::any_of(acl->second, [&](const Line* line) {
      return test_holds(*parse_test(std::span<const Word>(line->words).subspan(2)), visit);
    });
  }

  /// The values of a sample: several for fields, none where there is nothing.
  static std::vector<std::string> values(const Sample& sample, const Visit& visit) {
    const std::string& name = sample.fetch.name;
    std::vector<std::string> out;
    if (name == "path") out.push_back(visit.path);
    if (name == "url")
      out.push_back(visit.query.empty() ? visit.path : base::concat(visit.path, "?", visit.query));
    if (name == "method") out.push_back(visit.method);
    if (name == "src") out.push_back(visit.client);
    if (name == "dst_port") out.push_back(base::concat(visit.port));
    if (name == "ssl_fc") out.emplace_back(visit.tls ? "1" : "0");
    if (name == "always_true") out.emplace_back("1");
    if (name == "always_false") out.emplace_back("0");
    if (name == "req.hdr" || name == "req.hdr_cnt") {
      for (const auto& [field, value] : visit.fields) {
        if (!base::equals_ignoring_case(field, sample.fetch.argument(0))) continue;
        for (const std::string_view each : base::split(value, ','))
          out.emplace_back(base::trim(each));
      }
      if (base::equals_ignoring_case(sample.fetch.argument(0), "host")) out.push_back(visit.host);
      if (name == "req.hdr_cnt") out = {base::concat(out.size())};
    }
    if (name == "url_param" || name == "req.cook") {
      std::string text = visit.query;
      if (name == "req.cook") {
        text.clear();
        for (const auto& [field, value] : visit.fields) {
          if (base::equals_ignoring_case(field, "cookie")) text = value;
        }
      }
      for (const std::string_view part : base::split(text, name == "req.cook" ? ';' : '&')) {
        const std::string_view each = base::trim(part);
        const std::size_t equals = each.find('=');
        if (equals != each.npos && each.substr(0, equals) == sample.fetch.argument(0)) {
          out.emplace_back(each.substr(equals + 1));
        }
      }
    }
    for (const Call& call : sample.converters) {
      for (std::string& each : out) {
        if (call.name == "lower") each = base::ascii_lowered(each);
        if (call.name == "field") each = part(each, call);
      }
    }
    return out;
  }

  static std::string part(const std::string& text, const Call& call) {
    const auto parts = base::split(text, call.argument(1)[0]);
    const std::size_t number = *base::parse_unsigned(call.argument(0));
    return number <= parts.size() ? std::string(parts[number - 1]) : std::string();
  }

  static bool test_holds(const AclTest& test, const Visit& visit) {
    return std::ranges::any_of(values(test.sample, visit),
                               [&](const std::string& value) { return value_holds(test, value); });
  }

  static bool value_holds(const AclTest& test, std::string value) {
    if (test.how == Compared::kFound) return true;
    if (test.how == Compared::kBool || test.how == Compared::kInt || test.how == Compared::kLen) {
      const std::int64_t number = test.how == Compared::kLen
                                      ? static_cast<std::int64_t>(value.size())
                                      : static_cast<std::int64_t>(*base::parse_unsigned(value));
      if (test.ranges.empty()) return number != 0;
      return std::ranges::any_of(test.ranges,
                                 [number](const Range& each) { return each.contains(number); });
    }
    return std::ranges::any_of(test.patterns, [&](const std::string& pattern) {
      return pattern_holds(test, pattern, value);
    });
  }

  static bool pattern_holds(const AclTest& test, std::string pattern, std::string value) {
    if (test.how == Compared::kIp) {
      return base::Prefix::parse(pattern)->contains(*base::IpAddress::parse(value));
    }
    if (test.how == Compared::kReg) {
      const auto flags =
          test.ignore_case ? std::regex::icase | std::regex::ECMAScript : std::regex::ECMAScript;
      return std::regex_search(value, std::regex(pattern, flags));
    }
    if (test.ignore_case) {
      pattern = base::ascii_lowered(pattern);
      value = base::ascii_lowered(value);
    }
    switch (test.how) {
      case Compared::kBeg:
        return value.starts_with(pattern);
      case Compared::kEnd:
        return value.ends_with(pattern);
      case Compared::kSub:
        return value.find(pattern) != std::string::npos;
      case Compared::kDir:
        return has_word(value, pattern, "/?");
      case Compared::kDom:
        return has_word(value, pattern, "/?.:");
      default:
        return value == pattern;
    }
  }

  /// A whole word between such marks; marks at the pattern's ends don't count.
  static bool has_word(const std::string& value, std::string_view pattern, std::string_view marks) {
    const auto is_mark = [marks](char c) { return marks.find(c) != marks.npos; };
    while (!pattern.empty() && is_mark(pattern.front())) pattern.remove_prefix(1);
    while (!pattern.empty() && is_mark(pattern.back())) pattern.remove_suffix(1);
    for (std::size_t at = value.find(pattern); at != value.npos; at = value.find(pattern, at + 1)) {
      const std::size_t end = at + pattern.size();
      if ((at == 0 || is_mark(value[at - 1])) && (end == value.size() || is_mark(value[end]))) {
        return true;
      }
    }
    return false;
  }

  std::map<std::string, std::vector<const Line*>, std::less<>> acls_;
  std::vector<const Line*> lines_;
};

}  // namespace hapair::importing::haproxy::test
