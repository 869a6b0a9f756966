// Says what becomes of lines, each thing once: a line of `defaults` is met anew for every section
// that it counts for.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "apps/hapair/import/account.hpp"

namespace hapair::importing::haproxy {

class Report {
 public:
  explicit Report(Account& account) : account_(account) {}

  void kept(const Place& at);
  void changed(const Place& at, const std::string& how);
  void not_needed(const Place& at, const std::string& why);
  void not_supported(const Place& at, const std::string& instead);
  void wrong(const Place& at, const std::string& what, const std::string& assumed);
  void undecided(const Place& at, const std::string& what, const std::string& decide);
  /// By a fate that is one of the middle four.
  void say(const Place& at, Fate fate, const std::string& text);

  /// Nobody has said yet what becomes of that line.
  [[nodiscard]] bool is_open(const Place& at) const { return account_.fate(at) == Fate::kOpen; }

 private:
  [[nodiscard]] bool is_new(const Place& at, const std::string& text) {
    return said_.emplace(at, text).second;
  }

  Account& account_;
  std::set<std::pair<Place, std::string>> said_;
};

}  // namespace hapair::importing::haproxy
