// One test of HAProxy's, as it stands in an `acl` line or in braces: what is looked at, how it is
// compared, and with what (configuration.txt, section 7.1).
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/haproxy/file.hpp"
#include "apps/hapair/import/haproxy/rules/sample.hpp"
#include "common/base/result.hpp"

namespace hapair::importing::haproxy {

/// How a sample is compared with the patterns.
enum class Compared : std::uint8_t {
  kFound,
  kBool,
  kInt,
  kIp,
  kStr,
  kBeg,
  kEnd,
  kSub,
  kDir,
  kDom,
  kReg,
  kLen,
  kOther,  ///< bin and what else hapair has no use for
};

/// Whole numbers from `low` to `high`, both included.
struct Range {
  std::int64_t low = std::numeric_limits<std::int64_t>::min();
  std::int64_t high = std::numeric_limits<std::int64_t>::max();

  [[nodiscard]] bool contains(std::int64_t number) const { return low <= number && number <= high; }
  bool operator==(const Range&) const = default;
};

struct AclTest {
  Sample sample{};
  Compared how = Compared::kStr;
  bool ignore_case = false;
  bool map_file = false;                ///< -M: files have a value behind each key
  std::vector<std::string> patterns{};  ///< one of them is enough
  std::vector<Range> ranges{};          ///< kInt, kLen: the same as numbers; kBool: none or 0, 1
  std::vector<std::string> files{};     ///< -f: more patterns, one in a line

  [[nodiscard]] bool has_patterns() const { return !patterns.empty() || !files.empty(); }
};

/// Errors are sentences.
[[nodiscard]] base::Result<AclTest> parse_test(std::span<const Word> words);

/// The words that HAProxy has names of its own for: TRUE, METH_GET, LOCALHOST, ...; empty: there is
/// none of that name.
[[nodiscard]] std::string_view predefined_acl(std::string_view name);

}  // namespace hapair::importing::haproxy
