#include <charconv>
#include <utility>

#include "apps/hapair/import/haproxy/rules/fetch_tests.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

/// A value that stands in the file: str(x), int(1), bool(true).
std::optional<std::string> constant_of(const Sample& sample) {
  if (!sample.converters.empty()) return std::nullopt;
  const std::string& name = sample.fetch.name;
  if (name == "always_true") return "1";
  if (name == "always_false") return "0";
  if (name != "str" && name != "int" && name != "bool") return std::nullopt;
  std::string text(sample.fetch.argument(0));
  if (name == "bool") text = text == "true" || text == "1" ? "1" : "0";
  return text;
}

base::Result<Formula> constant_formula(const std::string& value, const AclTest& test) {
  const auto matches = [&](const std::string& pattern) {
    const std::string a = test.ignore_case ? base::ascii_lowered(value) : value;
    const std::string b = test.ignore_case ? base::ascii_lowered(pattern) : pattern;
    if (test.how == Compared::kBeg) return a.starts_with(b);
    if (test.how == Compared::kEnd) return a.ends_with(b);
    if (test.how == Compared::kSub) return a.find(b) != std::string::npos;
    return a == b;
  };
  if (test.how == Compared::kFound) return always();
  if (test.how == Compared::kInt || test.how == Compared::kBool) {
    std::int64_t number = 0;
    (void)std::from_chars(value.data(), value.data() + value.size(), number);
    return in_ranges(test.ranges, number) ? always() : never();
  }
  if (test.how == Compared::kReg || test.how == Compared::kDir || test.how == Compared::kDom) {
    return base::fail(
        "a text that stands in the file is compared by an expression; compare it whole");
  }
  for (const std::string& each : test.patterns) {
    if (matches(each)) return always();
  }
  return never();
}

base::Result<Formula> formula_of_variable(const AclTest& test, Scope& scope, Remarks& remarks) {
  const std::string_view name = test.sample.fetch.argument(0);
  const auto assignments = scope.assignments(name);
  if (!assignments) return std::unexpected(assignments.error());
  if (assignments->empty()) {
    return base::fail(concat("nothing that hapair knows of sets ", base::printable(name, 64),
                             "; write what it stands for"));
  }
  std::vector<Formula> parts;
  for (std::size_t i = 0; i < assignments->size(); ++i) {
    const Assignment& each = (*assignments)[i];
    auto counts = scope.counts(*assignments, i, remarks);
    if (!counts) return counts;
    if (each.value.fetch.name.empty() || counts->is_false()) continue;  // unset-var
    AclTest of = test;
    of.sample = each.value;
    of.sample.converters.insert(of.sample.converters.end(), test.sample.converters.begin(),
                                test.sample.converters.end());
    base::Result<Formula> holds;
    if (const auto constant = constant_of(of.sample)) {
      holds = constant_formula(*constant, of);
    } else if (each.value.fetch.name == "var" && each.value.fetch.argument(0) == name) {
      return base::fail(concat(base::printable(name, 64), " is made of itself; write it in one"));
    } else {
      holds = formula_of(of, *each.scope, remarks);
    }
    if (!holds) return holds;
    parts.push_back(all(*std::move(counts), *std::move(holds)));
  }
  return any(std::move(parts));
}

}  // namespace

base::Result<Formula> variable_formula(const AclTest& test, Scope& scope, Remarks& remarks) {
  Shared& shared = scope.shared();
  if (shared.depth >= Shared::kMaxDepth || !shared.spend(4096)) {
    return base::fail("variables lead from one to another too often; write what they stand for");
  }
  ++shared.depth;
  auto formula = formula_of_variable(test, scope, remarks);
  --shared.depth;
  return formula;
}

}  // namespace hapair::importing::haproxy
