// What the rules of one proxy may refer to: its ACLs and variables, and what all proxies share.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/haproxy/condition.hpp"
#include "apps/hapair/import/haproxy/model.hpp"
#include "apps/hapair/import/haproxy/rules/acl_test.hpp"
#include "apps/hapair/import/haproxy/rules/formula.hpp"
#include "apps/hapair/import/haproxy/rules/map_book.hpp"
#include "apps/hapair/import/haproxy/rules/match_writer.hpp"
#include "apps/hapair/import/haproxy/rules/remarks.hpp"
#include "apps/hapair/import/haproxy/rules/table_book.hpp"
#include "common/base/result.hpp"

namespace hapair::importing::haproxy {

class Scope;

/// A `set-var`.
struct Assignment {
  Scope* scope = nullptr;
  const Line* line = nullptr;
  Sample value{};
  std::optional<Condition> condition{};
};

struct Shared {
  static constexpr unsigned kMaxDepth = 16;                    ///< of variables in variables
  static constexpr std::size_t kMaxWork = 64UL * 1024 * 1024;  ///< see spend()

  explicit Shared(Model& of)
      : model(of),
        marks(of.context.account),
        maps(of.context),
        tables(of, marks),
        matches(of.context.draft.config) {}

  Model& model;
  Marks marks;
  MapBook maps;
  TableBook tables;
  MatchWriter matches;
  /// By name ("txn.host"), in the file's order.
  std::map<std::string, std::vector<Assignment>, std::less<>> variables{};
  unsigned depth = 0;  ///< of the variables that are being looked at

  /// What an import may cost is bounded: false once too many bytes of conditions were copied.
  [[nodiscard]] bool spend(std::size_t bytes) {
    work_ += bytes;
    return work_ <= kMaxWork;
  }

 private:
  std::size_t work_ = 0;
};

class Scope {
 public:
  Scope(Shared& shared, const Proxy& proxy);
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  [[nodiscard]] Shared& shared() { return shared_; }
  [[nodiscard]] const Proxy& proxy() const { return proxy_; }
  [[nodiscard]] bool is_tcp() const { return proxy_.mode == Mode::kTcp; }

  /// Errors say what can't be said, and what to do.
  [[nodiscard]] base::Result<Formula> condition(const std::optional<Condition>& condition,
                                                Remarks& remarks);
  [[nodiscard]] base::Result<Formula> acl(std::string_view name, Remarks& remarks);
  /// The test of an ACL that has but one; nullopt: it has several, or there is none of that name.
  [[nodiscard]] std::optional<AclTest> only_test(const Term& term) const;
  /// Its ACL is said by something else than a match.
  void said_otherwise(const Term& term);
  /// When the assignment is the one that counts for its variable.
  [[nodiscard]] base::Result<Formula> counts(const std::vector<Assignment>& all_of_them,
                                             std::size_t index, Remarks& remarks);
  /// All assignments that a rule of this proxy may see: its own, or those of the one other proxy
  /// that has some.
  [[nodiscard]] base::Result<std::vector<Assignment>> assignments(std::string_view variable) const;
  /// Marks what has not been looked at.
  void account();

 private:
  struct Acl {
    std::vector<const Line*> lines{};
    unsigned uses = 0;      ///< in conditions of this proxy
    std::size_t bytes = 0;  ///< of its lines
    bool under_way = false;
    bool said_otherwise = false;
    std::optional<base::Result<Formula>> formula{};
    std::vector<Remarks::Decision> decisions{};
  };

  [[nodiscard]] base::Result<Formula> term(const Term& term, Remarks& remarks);
  [[nodiscard]] base::Result<Formula> make(std::string_view name, Acl& acl);
  void count_uses(const Line& line);

  Shared& shared_;
  const Proxy& proxy_;
  std::map<std::string, Acl, std::less<>> acls_;
};

/// What a test says. `remarks` tells how the result differs.
[[nodiscard]] base::Result<Formula> formula_of(const AclTest& test, Scope& scope, Remarks& remarks);

}  // namespace hapair::importing::haproxy
