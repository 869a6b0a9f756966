// What a condition says, in terms of hapair's matches: keys of a match, joined by and, or and not.
// Made with the functions below, which keep it simple; MatchWriter makes JSON of it.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/json_tree.hpp"

namespace hapair::importing::haproxy {

struct Formula {
  enum class Kind : std::uint8_t {
    kTrue,
    kFalse,
    kKeys,  ///< `keys` hold: an object as `match` has it
    kUser,  ///< the request has a password of the list of users that `name` names
    kNot,   ///< not the one in `of`
    kAll,
    kAny,
  };

  Kind kind = Kind::kTrue;
  JsonTree keys{};
  std::string name{};  ///< what the file calls it; empty: nothing
  /// kKeys of an ACL with a name: may stand in a rule itself, without its name.
  bool in_place = false;
  std::vector<Formula> of{};
  std::vector<std::string> comments{};  ///< of the ACL

  [[nodiscard]] bool is_true() const { return kind == Kind::kTrue; }
  [[nodiscard]] bool is_false() const { return kind == Kind::kFalse; }
};

[[nodiscard]] Formula always();
[[nodiscard]] Formula never();
[[nodiscard]] Formula keys(JsonTree object);
/// One key.
[[nodiscard]] Formula key(std::string_view name, JsonTree value);
/// One key that is a list of texts; none: never.
[[nodiscard]] Formula one_of(std::string_view name, const std::vector<std::string>& texts);
[[nodiscard]] Formula negation(Formula of);
[[nodiscard]] Formula all(std::vector<Formula> of);
[[nodiscard]] Formula any(std::vector<Formula> of);
[[nodiscard]] Formula all(Formula a, Formula b);

/// Terms of which all must hold: those of the formula itself, taken apart as far as they have no
/// names and De Morgan goes.
[[nodiscard]] std::vector<Formula> conjuncts(const Formula& formula);

/// What it looks at of a request: "path", "query", "host", "method", "header:x-name",
/// "cookie:NAME"; of a connection: "source", "port", "tls", ...
[[nodiscard]] std::set<std::string> looks_at(const Formula& formula);

/// It asks for a password somewhere.
[[nodiscard]] bool asks_for_user(const Formula& formula);

/// How many terms it has.
[[nodiscard]] std::size_t size_of(const Formula& formula);

}  // namespace hapair::importing::haproxy
