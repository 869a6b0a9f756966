// Comparisons of texts that a request or its connection has, as keys of a match.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/haproxy/rules/acl_test.hpp"
#include "apps/hapair/import/haproxy/rules/formula.hpp"
#include "apps/hapair/import/haproxy/rules/remarks.hpp"
#include "common/base/result.hpp"

namespace hapair::importing::haproxy {

/// A comparison, whatever it is of.
struct TextTest {
  Compared how = Compared::kStr;
  bool ignore_case = false;
  std::vector<std::string> texts{};
  std::vector<Range> ranges{};
};

[[nodiscard]] base::Result<Formula> path_formula(const TextTest& test);
/// Of the Host, as it came or (`bare`) without its port.
[[nodiscard]] base::Result<Formula> host_formula(const TextTest& test, bool bare, Remarks& remarks);
/// `place`: "header", "query" or "cookie". `is_list`: each part between commas is a value.
[[nodiscard]] base::Result<Formula> value_formula(std::string_view place, std::string_view name,
                                                  const TextTest& test, bool is_list,
                                                  Remarks& remarks);
[[nodiscard]] base::Result<Formula> server_name_formula(const TextTest& test);
/// A part of the path between slashes, counted from 1; the first is before the first slash.
[[nodiscard]] base::Result<Formula> path_part_formula(const TextTest& test, unsigned part);

}  // namespace hapair::importing::haproxy
