// keepalived's definitions ($NAME=..., used as $NAME or ${NAME}) and sequences (~SEQ, ~LST). A
// definition's text is looked at when it is used, so it can hold others; everything is bounded.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"

namespace hapair::importing::keepalived {

inline constexpr std::size_t kMaxDefinitions = 4096;
inline constexpr std::size_t kMaxExpandedBytes = 256U * 1024;  ///< of one line
inline constexpr std::size_t kMaxExpansions = 4096;            ///< in one line
inline constexpr std::size_t kMaxSequence = 4096;              ///< of one ~SEQ or ~LST

/// "$NAME=text": the name, and what stands behind the sign.
struct Definition {
  std::string name;
  std::string_view text;
};
[[nodiscard]] std::optional<Definition> definition_of(std::string_view code);

class Definitions {
 public:
  using Environment = std::map<std::string, std::string, std::less<>>;

  Definitions(const Environment& environment, std::string config_id)
      : environment_(environment), config_id_(std::move(config_id)) {}

  /// An error: too many.
  [[nodiscard]] base::Result<void> set(std::string name, std::string text);
  /// Where ${_PWD} is.
  void set_folder(std::string folder) { folder_ = std::move(folder); }

  /// `code` with all definitions in it replaced, which can make several lines of it. What nobody
  /// has defined stays as it is. An error: it has no end, or what keepalived makes up when it runs.
  [[nodiscard]] base::Result<std::string> expand(std::string_view code);

  [[nodiscard]] const std::set<std::string, std::less<>>& used() const { return used_; }

 private:
  [[nodiscard]] base::Result<std::optional<std::string>> value_of(std::string_view name);

  const Environment& environment_;
  std::string config_id_;
  std::string folder_;
  std::map<std::string, std::string, std::less<>> texts_;
  std::set<std::string, std::less<>> used_;
};

/// A line that begins with ~SEQ(...) or ~LST(...): the definitions to make for each turn, and what
/// is to be repeated.
struct Sequence {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> turns;  ///< values in the order of names
  std::string rest;
};
/// nullopt: it is no sequence; an error: one that can't be understood, or is too long.
[[nodiscard]] base::Result<std::optional<Sequence>> sequence_of(std::string_view code);

}  // namespace hapair::importing::keepalived
