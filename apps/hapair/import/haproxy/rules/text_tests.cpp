#include "apps/hapair/import/haproxy/rules/text_tests.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_matches.hpp"
#include "apps/hapair/import/haproxy/rules/patterns.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;
using Make = std::function<Formula(const std::string& regex)>;

std::vector<std::string> without_edges(const std::vector<std::string>& texts,
                                       std::string_view edges) {
  std::vector<std::string> out;
  for (std::string_view text : texts) {
    while (!text.empty() && edges.find(text.front()) != std::string_view::npos) {
      text.remove_prefix(1);
    }
    while (!text.empty() && edges.find(text.back()) != std::string_view::npos) {
      text.remove_suffix(1);
    }
    if (!text.empty()) out.emplace_back(text);
  }
  return out;
}

base::Result<Formula> any_regex(const std::vector<std::string>& regexes, const Make& make) {
  std::vector<Formula> parts;
  for (const std::string& each : regexes) {
    if (const auto good = config::rules::kRegex.check(each); !good) {
      return base::fail(concat("the expression \"", base::printable(each, 64),
                               "\" is none for "
                               "hapair: ",
                               good.error().message));
    }
    parts.push_back(make(each));
  }
  return any(std::move(parts));
}

base::Result<std::vector<std::string>> length_regex(const std::vector<Range>& ranges) {
  constexpr std::int64_t kMost = 65'000;  // of a count in an expression
  std::vector<std::string> out;
  for (const Range& range : ranges) {
    const std::int64_t low = std::max<std::int64_t>(range.low, 0);
    if (low > kMost || (range.high > kMost && range.high < (1LL << 40)) || range.high < low) {
      return base::fail("such a length is none that a request may have; write one below 65000");
    }
    const std::string high = range.high > kMost ? std::string() : concat(range.high);
    out.push_back(concat("^.{", low, ",", high, "}$"));
  }
  return out;
}

/// How the whole value compares, by expressions.
base::Result<Formula> by_regex(const TextTest& test, const Make& make) {
  const bool i = test.ignore_case;
  switch (test.how) {
    case Compared::kStr:
      return any_regex(regex_of("^", test.texts, "$", i), make);
    case Compared::kBeg:
      return any_regex(regex_of("^", test.texts, "", i), make);
    case Compared::kEnd:
      return any_regex(regex_of("", test.texts, "$", i), make);
    case Compared::kSub:
      return any_regex(regex_of("", test.texts, "", i), make);
    case Compared::kDir:
      return any_regex(regex_of("(?:^|[/?])", without_edges(test.texts, "/?"), "(?:[/?]|$)", i),
                       make);
    case Compared::kDom:
      return any_regex(
          regex_of("(?:^|[/?.:])", without_edges(test.texts, "/?.:"), "(?:[/?.:]|$)", i), make);
    case Compared::kReg:
      return any_regex(joined_regex(test.texts, i), make);
    case Compared::kLen: {
      const auto lengths = length_regex(test.ranges);
      if (!lengths) return std::unexpected(lengths.error());
      return any_regex(*lengths, make);
    }
    case Compared::kFound:
    case Compared::kBool:
    case Compared::kInt:
    case Compared::kIp:
    case Compared::kOther:
      break;
  }
  return base::fail(
      "texts are compared as numbers, addresses or bytes; hapair compares them as texts "
      "(equals, prefix, contains, regex)");
}

/// Those of `texts` that are good for a key, and the others.
struct Sorted {
  std::vector<std::string> good{};
  std::vector<std::string> rest{};
};
Sorted sorted(const std::vector<std::string>& texts, const config::TextRule& rule) {
  Sorted out;
  for (const std::string& each : texts) {
    (rule.check(each) ? out.good : out.rest).push_back(each);
  }
  return out;
}

/// `key` for what it takes, an expression for the rest.
base::Result<Formula> by_key(std::string_view name, const config::TextRule& rule,
                             const TextTest& test, const Make& make) {
  if (test.ignore_case) return by_regex(test, make);
  const Sorted parts = sorted(test.texts, rule);
  TextTest rest = test;
  rest.texts = parts.rest;
  auto others = by_regex(rest, make);
  if (!others) return others;
  std::vector<Formula> out;
  out.push_back(one_of(name, parts.good));
  out.push_back(*std::move(others));
  return any(std::move(out));
}

/// A header, query or cookie test with one comparison.
Formula value_key(std::string_view place, std::string_view name, std::string_view how,
                  JsonTree what) {
  JsonTree test;
  test["name"] = name;
  if (!how.empty()) test[how] = std::move(what);
  JsonTree list = JsonTree::list();
  list.add(std::move(test));
  return key(place, std::move(list));
}

/// Fields of which a request has one value, without commas.
bool has_one_value(std::string_view field) {
  static constexpr auto kSingle = std::to_array<std::string_view>(
      {"host", "content-type", "content-length", "authorization", "origin"});
  return std::ranges::any_of(
      kSingle, [field](std::string_view each) { return base::equals_ignoring_case(each, field); });
}

/// Values between commas, by expressions over the whole field.
base::Result<Formula> list_formula(const TextTest& test, const Make& make) {
  constexpr std::string_view kBefore = "(?:^|,)[ \\t]*";
  constexpr std::string_view kAfter = "[ \\t]*(?:,|$)";
  const bool i = test.ignore_case;
  if (test.how == Compared::kStr) {
    return any_regex(regex_of(kBefore, test.texts, kAfter, i), make);
  }
  if (test.how == Compared::kBeg) return any_regex(regex_of(kBefore, test.texts, "", i), make);
  return any_regex(regex_of("", test.texts, kAfter, i), make);
}

}  // namespace

base::Result<Formula> path_formula(const TextTest& test) {
  const Make regex = [](const std::string& text) { return key("path_regex", text); };
  switch (test.how) {
    case Compared::kFound:
      return always();
    case Compared::kStr:
      return by_key("path", config::rules::kMatchPath, test, regex);
    case Compared::kBeg: {
      // Every path begins with a slash.
      const bool all_paths = std::ranges::any_of(
          test.texts, [](const std::string& each) { return each == "/" || each.empty(); });
      if (all_paths) return always();
      return by_key("path_prefix", config::rules::kMatchPath, test, regex);
    }
    case Compared::kEnd:
      return by_key("path_suffix", config::rules::kPathSuffix, test, regex);
    default:
      return by_regex(test, regex);
  }
}

base::Result<Formula> host_formula(const TextTest& test, bool bare, Remarks& remarks) {
  const Make regex = [](const std::string& text) {
    return value_key("header", "Host", "regex", text);
  };
  if (test.how == Compared::kStr || (test.how == Compared::kEnd && !bare)) {
    std::vector<std::string> hosts;
    TextTest rest = test;
    rest.texts.clear();
    for (const std::string& each : test.texts) {
      const bool end = test.how == Compared::kEnd;
      std::string host = base::ascii_lowered(end ? concat("*", each) : each);
      if (host.ends_with('.') || (end && !each.starts_with('.')) ||
          !config::rules::kMatchHost.check(host)) {
        rest.texts.push_back(each);
      } else {
        hosts.push_back(std::move(host));
      }
    }
    auto others = by_regex(rest, regex);
    if (!others) return others;
    if (!hosts.empty() && !bare) {
      remarks.changed.emplace_back("is `host`, which is compared without case, port and final dot");
    }
    std::vector<Formula> out;
    out.push_back(one_of("host", hosts));
    out.push_back(*std::move(others));
    return any(std::move(out));
  }
  if (bare)
    return base::fail("of the host without its port whole names can be compared; list them");
  return value_formula("header", "Host", test, false, remarks);
}

base::Result<Formula> value_formula(std::string_view place, std::string_view name,
                                    const TextTest& test, bool is_list, Remarks& remarks) {
  if (name.empty()) {
    return base::fail(concat("no name is given, and a match looks at one ", place, "; name it"));
  }
  const config::TextRule& rule =
      place == "header" ? config::rules::kAnyFieldName : config::rules::kValueName;
  if (const auto good = rule.check(name); !good) return std::unexpected(good.error());
  if (test.how == Compared::kFound) return value_key(place, name, {}, {});
  const Make regex = [&](const std::string& text) { return value_key(place, name, "regex", text); };
  const bool parts = is_list && !has_one_value(name);
  if (parts &&
      (test.how == Compared::kStr || test.how == Compared::kBeg || test.how == Compared::kEnd)) {
    return list_formula(test, regex);
  }
  if (parts && test.how != Compared::kSub) {
    remarks.changed.emplace_back(concat("is compared with each whole field ", name,
                                        ", where HAProxy takes the parts between commas"));
  }
  std::string_view how;
  if (test.how == Compared::kStr) how = "equals";
  if (test.how == Compared::kBeg) how = "prefix";
  if (test.how == Compared::kSub) how = "contains";
  const bool fits = std::ranges::all_of(test.texts, [](const std::string& each) {
    return static_cast<bool>(config::rules::kShortText.check(each));
  });
  if (how.empty() || test.ignore_case || !fits || test.texts.size() > 256) {
    return by_regex(test, regex);
  }
  if (test.texts.empty()) return never();
  JsonTree texts = JsonTree::list();
  for (const std::string& each : test.texts) texts.add(each);
  return value_key(place, name, how, std::move(texts));
}

base::Result<Formula> server_name_formula(const TextTest& test) {
  std::vector<std::string> names;
  for (const std::string& each : test.texts) {
    std::string name = base::ascii_lowered(each);
    if (test.how == Compared::kEnd && name.starts_with('.')) {
      name.insert(0, "*");
    } else if (test.how != Compared::kStr) {
      return base::fail(
          "names that clients ask for under TLS are compared whole, or by their end after a dot "
          "(`sni`: \"*.example\"); list the names");
    }
    if (const auto good = config::rules::kSniName.check(name); !good) {
      return base::fail(concat("\"", base::printable(each, 64),
                               "\" is no name of a host, and no "
                               "client asks for it under TLS"));
    }
    names.push_back(std::move(name));
  }
  if (test.how == Compared::kFound) {
    return base::fail("whether a client asks for any name can't be asked; list the names in `sni`");
  }
  return one_of("sni", names);
}

base::Result<Formula> path_part_formula(const TextTest& test, unsigned part) {
  if (test.how != Compared::kStr || part < 2 || part > 16) {
    return base::fail("parts of a path can be compared whole only; write a path_reg");
  }
  const std::string before = part == 2 ? "^/" : concat("^(?:[^/]*/){", part - 1, "}");
  return any_regex(regex_of(before, test.texts, "(?:/|$)", test.ignore_case),
                   [](const std::string& text) { return key("path_regex", text); });
}

}  // namespace hapair::importing::haproxy
