// Reads a document into a draft: a Shape that looks every key up, checks it by its rule and reports
// what does not fit, keys that do not exist included. A faulty value leaves the default in place.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "apps/hapair/config/document.hpp"
#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/faults.hpp"

namespace hapair::config {

/// Where the file has each of its values, by path.
class Positions {
 public:
  void add(std::string path, Position at) { positions_.emplace(std::move(path), at); }

  /// Where the value stands; the start of the file for a path that isn't in it.
  [[nodiscard]] Position of(std::string_view path) const;
  [[nodiscard]] bool given(std::string_view path) const { return positions_.contains(path); }

 private:
  std::map<std::string, Position, std::less<>> positions_;
};

struct Reading {
  Draft draft;
  Positions positions;
};

/// Reads as much as can be read; what can't is in `faults`.
[[nodiscard]] Reading read_document(const Value& document, FaultList& faults);

}  // namespace hapair::config
