// What is to be told of a line besides that it was translated.
#pragma once

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "apps/hapair/import/account.hpp"

namespace hapair::importing::haproxy {

/// Collected while a line is translated.
struct Remarks {
  std::vector<std::string> changed{};  ///< how the result differs
  struct Decision {
    std::string what;
    std::string decide;
  };
  std::vector<Decision> decisions{};  ///< what the operator must look at
};

/// The account, in which one thing is said of a line but once, however many proxies inherit it.
class Marks {
 public:
  explicit Marks(Account& account) : account_(account) {}

  void kept(const Place& at, const Remarks& remarks = {}) {
    account_.kept(at);
    for (const std::string& how : remarks.changed) changed(at, how);
    for (const auto& [what, decide] : remarks.decisions) undecided(at, what, decide);
  }
  void changed(const Place& at, const std::string& how) {
    if (is_new(at, Fate::kChanged, how)) account_.changed(at, how);
  }
  void not_needed(const Place& at, const std::string& why) {
    if (is_new(at, Fate::kNotNeeded, why)) account_.not_needed(at, why);
  }
  void not_supported(const Place& at, const std::string& instead) {
    if (is_new(at, Fate::kNotSupported, instead)) account_.not_supported(at, instead);
  }
  void undecided(const Place& at, const std::string& what, const std::string& decide) {
    if (is_new(at, Fate::kWrong, what)) account_.undecided(at, what, decide);
  }
  void wrong(const Place& at, const std::string& what, const std::string& assumed) {
    if (is_new(at, Fate::kWrong, what)) account_.wrong(at, what, assumed);
  }

 private:
  [[nodiscard]] bool is_new(const Place& at, Fate fate, const std::string& text) {
    return said_.emplace(at.file, at.line, fate, text).second;
  }

  Account& account_;
  std::set<std::tuple<std::uint32_t, std::uint32_t, Fate, std::string>> said_;
};

}  // namespace hapair::importing::haproxy
