#include <algorithm>
#include <array>
#include <utility>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_matches.hpp"
#include "apps/hapair/import/haproxy/rules/fetch_tests.hpp"
#include "apps/hapair/import/haproxy/rules/patterns.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

bool is_host(const Sample& sample) {
  const std::string& name = sample.fetch.name;
  return (name == "req.hdr" || name == "req.fhdr") &&
         base::equals_ignoring_case(sample.fetch.argument(0), "host");
}

/// What converters make of a sample before it is compared.
struct Converted {
  bool ignore_case = false;
  bool lower = false;
  bool upper = false;
  bool bare_host = false;
  unsigned path_part = 0;
};

std::optional<unsigned> part_number(const Call& call, bool words) {
  if (call.argument(1) != "/") return std::nullopt;
  const auto number = base::parse_unsigned(call.argument(0));
  if (!number || *number == 0 || *number > 16) return std::nullopt;
  return static_cast<unsigned>(*number) + (words ? 1U : 0U);
}

base::Result<Converted> convert(const AclTest& test) {
  Converted out;
  const std::string& fetch = test.sample.fetch.name;
  for (const Call& each : test.sample.converters) {
    if (each.name == "lower" || each.name == "upper") {
      (each.name == "lower" ? out.lower : out.upper) = true;
    } else if (is_host(test.sample) &&
               (each.name == "host_only" ||
                (each.name == "field" && each.argument(0) == "1" && each.argument(1) == ":") ||
                (each.name == "regsub" && each.argument(0) == ":.*$" &&
                 each.argument(1).empty()))) {
      out.bare_host = true;
    } else if ((each.name == "field" || each.name == "word") && fetch == "path" &&
               out.path_part == 0 && part_number(each, each.name == "word")) {
      out.path_part = *part_number(each, each.name == "word");
    } else if (each.name == "length" && test.how == Compared::kInt) {
      continue;
    } else {
      return base::fail(concat("hapair has nothing like the converter ", each.name,
                               ", and compares what the request says as it came; write the "
                               "comparison without it, or use a map"));
    }
  }
  return out;
}

/// Texts that can't be equal to what was made lower or upper are left out.
std::vector<std::string> of_one_case(std::vector<std::string> texts, const Converted& converted) {
  if (!converted.lower && !converted.upper) return texts;
  std::erase_if(texts, [&](const std::string& each) {
    return std::ranges::any_of(each, [&](char c) {
      return converted.lower ? c >= 'A' && c <= 'Z' : c >= 'a' && c <= 'z';
    });
  });
  return texts;
}

/// A whole list of keys in a file.
Formula in_map(const std::string& map, std::string_view key_name) {
  JsonTree test;
  test["name"] = map;
  test["key"] = key_name;
  return key("map", std::move(test));
}

/// By which kind of map a list in a file can be looked up; empty: by none.
std::string_view kind_for_file(const AclTest& test, std::string_view map_key) {
  if (map_key == "path" && !test.ignore_case) {
    if (test.how == Compared::kStr) return "exact";
    if (test.how == Compared::kBeg) return "prefix";
  }
  if ((map_key == "host" || map_key == "sni") && test.how == Compared::kStr) return "exact";
  return {};
}

/// Lists in files: maps where hapair has such, else their lines as patterns.
base::Result<std::vector<Formula>> take_files(const AclTest& test, Scope& scope,
                                              std::vector<std::string>& texts, Remarks& remarks) {
  std::vector<Formula> out;
  std::string map_key = map_key_of(test.sample, 0);
  if (is_host(test.sample)) map_key = "host";
  for (const std::string& file : test.files) {
    const std::string_view kind = kind_for_file(test, map_key);
    if (!kind.empty()) {
      const auto map = scope.shared().maps.name_of(file, kind);
      if (map) {
        remarks.changed.push_back(
            concat("is the map ", *map, ", which is read anew as it changes"));
        if (map_key == "host") {
          remarks.changed.emplace_back(
              "hosts are looked up in lower case without their port: the list must have them so");
        }
        out.push_back(in_map(*map, map_key));
        continue;
      }
    }
    const auto lines = scope.shared().maps.lines_of(file, test.map_file);
    if (!lines) return std::unexpected(lines.error());
    if (texts.size() + lines->size() > 4096) {
      return base::fail(concat("the list ", base::printable(file, 64),
                               " is too long for a match; write it as a map"));
    }
    texts.insert(texts.end(), lines->begin(), lines->end());
    remarks.changed.push_back(
        concat("stands in the config as ", base::printable(file, 64), " was at the import"));
  }
  return out;
}

base::Result<Formula> url_formula(const TextTest& test) {
  if (test.how == Compared::kBeg || test.how == Compared::kStr) {
    for (const std::string& each : test.texts) {
      if (each.find('?') == std::string::npos && each.starts_with('/')) continue;
      if (each == "*") continue;
      return base::fail(concat("\"", base::printable(each, 64),
                               "\" is compared with path and query together, and matches look at "
                               "them apart; use path_beg and url_param"));
    }
    if (test.how == Compared::kBeg) return path_formula(test);
  }
  if (test.how == Compared::kStr) {
    return base::fail(
        "path and query are compared together, and matches look at them apart; use path, and "
        "url_param for the query");
  }
  if (test.how == Compared::kReg && test.texts.size() == 1) {
    const std::string prefix = plain_prefix(test.texts[0]);
    if (prefix.starts_with('/') && prefix.find('?') == std::string::npos) {
      return path_formula({.how = Compared::kBeg,
                           .ignore_case = test.ignore_case,
                           .texts = {prefix},
                           .ranges = {}});
    }
  }
  return base::fail(
      "the query counts here as well as the path, and matches look at them apart; use path_beg, "
      "path_end or path_reg, and url_param for the query");
}

/// "host/path" in one.
base::Result<Formula> base_formula(const TextTest& test, Remarks& remarks) {
  if (test.how != Compared::kBeg && test.how != Compared::kStr) {
    return base::fail("host and path are compared together; use hdr(host) and path of their own");
  }
  std::vector<Formula> parts;
  for (const std::string& each : test.texts) {
    const std::size_t slash = each.find('/');
    if (slash == std::string::npos) {
      return base::fail(
          "an end of the host is left open; write hdr_beg(host), or a whole host "
          "and a path");
    }
    auto host = host_formula({.how = Compared::kStr,
                              .ignore_case = test.ignore_case,
                              .texts = {each.substr(0, slash)},
                              .ranges = {}},
                             false, remarks);
    auto path = path_formula({.how = test.how,
                              .ignore_case = test.ignore_case,
                              .texts = {each.substr(slash)},
                              .ranges = {}});
    if (!host) return host;
    if (!path) return path;
    parts.push_back(all(*std::move(host), *std::move(path)));
  }
  return any(std::move(parts));
}

/// How many fields of a name there are: hapair knows none and some.
base::Result<Formula> count_formula(const AclTest& test, Remarks& remarks) {
  const std::string_view name = test.sample.fetch.argument(0);
  if (name.empty()) {
    return base::fail(
        "fields are counted; hapair refuses requests with more than "
        "`limits.fields`");
  }
  const bool none = in_ranges(test.ranges, 0);
  const bool one = in_ranges(test.ranges, 1);
  const bool many = in_ranges(test.ranges, 2) && in_ranges(test.ranges, 100);
  if (one != many) {
    return base::fail(concat("whether there is more than one ", base::printable(name, 64),
                             " can't be asked; ask whether there is one"));
  }
  auto present = value_formula(
      test.sample.fetch.name == "req.cook_cnt" ? "cookie" : "header", name,
      {.how = Compared::kFound, .ignore_case = false, .texts = {}, .ranges = {}}, false, remarks);
  if (!present) return present;
  if (none && one) return always();
  if (!none && !one) return never();
  return one ? *std::move(present) : negation(*std::move(present));
}

base::Result<Formula> method_formula(const TextTest& test) {
  if (test.how != Compared::kStr) {
    return base::fail("methods are compared whole; list them");
  }
  std::vector<std::string> names;
  for (const std::string& each : test.texts) {
    if (const auto good = config::rules::kMethodName.check(each); !good) {
      return std::unexpected(good.error());
    }
    names.push_back(each);
  }
  return one_of("method", names);
}

base::Result<Formula> compared(const AclTest& test, const Converted& converted, TextTest text,
                               Remarks& remarks) {
  const std::string& name = test.sample.fetch.name;
  const std::string_view first = test.sample.fetch.argument(0);
  if (is_host(test.sample)) return host_formula(text, converted.bare_host, remarks);
  if (converted.path_part > 0) return path_part_formula(text, converted.path_part);
  if (name == "path") return path_formula(text);
  if (name == "url" || name == "pathq") return url_formula(text);
  if (name == "base") return base_formula(text, remarks);
  if (name == "method") return method_formula(text);
  if (test.sample.fetch.arguments.size() > 1 && name.starts_with("req.") &&
      test.sample.fetch.argument(1) != "-1" && test.sample.fetch.argument(1) != "1") {
    return base::fail("one of several values is picked by its number; hapair looks at all of them");
  }
  if (test.sample.fetch.arguments.size() > 1 && name.starts_with("req.")) {
    remarks.changed.emplace_back("looks at all values of that name");
  }
  if (name == "req.hdr") return value_formula("header", first, text, true, remarks);
  if (name == "req.fhdr") return value_formula("header", first, text, false, remarks);
  if (name == "req.cook") return value_formula("cookie", first, text, false, remarks);
  return value_formula("query", first, text, false, remarks);
}

}  // namespace

std::string_view map_kind_of(std::string_view converter) {
  if (converter == "map" || converter == "map_str" || converter == "map_str_str") return "exact";
  if (converter == "map_beg" || converter == "map_beg_str") return "prefix";
  if (converter == "map_dom" || converter == "map_dom_str") return "domain";
  if (converter == "map_ip" || converter == "map_ip_str") return "network";
  return {};
}

std::string map_key_of(const Sample& sample, std::size_t converters) {
  const std::string& name = sample.fetch.name;
  const std::string_view first = sample.fetch.argument(0);
  const bool one = sample.fetch.arguments.size() == 1;
  bool lower = false;
  for (std::size_t i = 0; i < converters; ++i) {
    const std::string& each = sample.converters[i].name;
    const bool port =
        each == "host_only" || (each == "field" && sample.converters[i].argument(1) == ":");
    if (each == "lower") lower = true;
    if (each != "lower" && !(port && is_host(sample))) return {};
  }
  if (is_host(sample)) return "host";
  if (name == "ssl_fc_sni" || name == "req.ssl_sni") return "sni";
  if (name == "src") return "source";
  if (lower) return {};
  if (name == "path" || name == "query" || name == "method") return name;
  if (name == "url" || name == "pathq") return "target";
  if ((name == "req.hdr" || name == "req.fhdr") && one) return concat("header:", first);
  if (name == "req.cook" && one) return concat("cookie:", first);
  if (name == "url_param" && one) return concat("query:", first);
  return {};
}

bool in_ranges(const std::vector<Range>& ranges, std::int64_t number) {
  if (ranges.empty()) return number != 0;
  return std::ranges::any_of(ranges, [number](const Range& each) { return each.contains(number); });
}

Formula truth(const AclTest& test, Formula when_true) {
  if (test.how == Compared::kFound) return always();
  const bool yes = in_ranges(test.ranges, 1);
  const bool no = in_ranges(test.ranges, 0);
  if (yes && no) return always();
  if (!yes && !no) return never();
  return yes ? std::move(when_true) : negation(std::move(when_true));
}

std::optional<base::Result<Formula>> request_formula(const AclTest& test, Scope& scope,
                                                     Remarks& remarks) {
  static constexpr auto kTexts = std::to_array<std::string_view>(
      {"path", "url", "pathq", "base", "method", "req.hdr", "req.fhdr", "req.cook", "url_param"});
  const std::string& name = test.sample.fetch.name;
  const bool counts = name == "req.hdr_cnt" || name == "req.cook_cnt";
  if (!counts && std::ranges::find(kTexts, name) == kTexts.end()) return std::nullopt;
  if (scope.is_tcp()) {
    return base::fail(concat(name,
                             " looks into a request, and in mode tcp there is none; use mode "
                             "http"));
  }
  if (counts) return count_formula(test, remarks);
  const auto converted = convert(test);
  if (!converted) return std::unexpected(converted.error());
  std::vector<std::string> texts = test.patterns;
  auto maps = take_files(test, scope, texts, remarks);
  if (!maps) return std::unexpected(maps.error());
  TextTest text{.how = test.how,
                .ignore_case = test.ignore_case || converted->lower || converted->upper,
                .texts = of_one_case(std::move(texts), *converted),
                .ranges = test.ranges};
  if (text.how == Compared::kInt && !test.sample.converters.empty() &&
      test.sample.converters.back().name == "length") {
    text.how = Compared::kLen;
  }
  if (text.texts.empty() && maps->empty() && text.how != Compared::kFound &&
      text.how != Compared::kLen && text.how != Compared::kInt && text.how != Compared::kBool) {
    remarks.changed.emplace_back("is compared with nothing, and so never holds");
    return never();
  }
  std::vector<Formula> parts = *std::move(maps);
  if (!text.texts.empty() || parts.empty()) {
    auto formula = compared(test, *converted, std::move(text), remarks);
    if (!formula) return formula;
    parts.push_back(*std::move(formula));
  }
  return any(std::move(parts));
}

}  // namespace hapair::importing::haproxy
