// Formulas as `match` objects. What a match can't say in itself (or, not, and of two lists) stands
// in the top-level `matches` by names: those that the ACLs have, or made of what they say. So a
// result is never longer than its formula, whatever is nested in it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/haproxy/rules/formula.hpp"
#include "apps/hapair/import/json_tree.hpp"
#include "common/base/result.hpp"

namespace hapair::importing::haproxy {

class MatchWriter {
 public:
  static constexpr std::size_t kMaxMatches = 256;  ///< as many as a config takes
  static constexpr std::size_t kMaxNames = 16;     ///< of `is`, `any`, `not`
  static constexpr std::size_t kMaxTerms = 900;    ///< of one match with those that it names

  /// `matches` is the config's, `owner` the proxy whose rules come now.
  explicit MatchWriter(JsonTree& config) : config_(config) {}
  void set_owner(std::string_view owner) { owner_ = owner; }

  /// The `match` of a formula; an object without keys: always. It may be neither kFalse nor ask for
  /// a user. An error says that there are too many, and what to do.
  [[nodiscard]] base::Result<JsonTree> match_of(const Formula& formula);

 private:
  void add_terms(const std::vector<Formula>& terms, JsonTree& match);
  void add_term(const Formula& term, JsonTree& match);
  /// Puts the keys into the match; false: one of them is there already.
  [[nodiscard]] static bool merge(const JsonTree& keys, JsonTree& match);
  void add_any(const Formula& formula, JsonTree& match);
  /// The name by which the formula stands in `matches`.
  [[nodiscard]] std::string name_of(const Formula& formula);
  [[nodiscard]] std::string name_for(const Formula& formula, const JsonTree& match) const;
  void list_name(JsonTree& match, std::string_view key, const std::string& name);

  JsonTree& config_;
  std::string owner_;
  std::map<std::string, std::string> known_;  ///< what a match says, and its name
  bool full_ = false;
};

}  // namespace hapair::importing::haproxy
