// What rules take from files while all runs: maps, and bodies of answers. What is put there takes
// the place of what was. Pure; rules look it up for each request anew.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "liblb/core/rules/map.hpp"

namespace hapair::lb::rules {

class Shelf {
 public:
  /// Places are those that the rules name.
  void put_map(std::size_t place, Map map);
  void put_body(std::size_t place, std::string body);

  /// Null: nothing was put there. It is good until something else is.
  [[nodiscard]] const Map* map(std::size_t place) const;
  /// Null: likewise. Whoever holds it keeps it.
  [[nodiscard]] std::shared_ptr<const std::string> body(std::size_t place) const;

 private:
  std::vector<std::unique_ptr<const Map>> maps_;
  std::vector<std::shared_ptr<const std::string>> bodies_;
};

}  // namespace hapair::lb::rules
