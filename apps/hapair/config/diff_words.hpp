// The words of diff.hpp: how a place in the file is called, what a change of it means, and which
// values may be secret. A path is the keys from the top of the file.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "apps/hapair/config/diff.hpp"
#include "apps/hapair/config/document.hpp"
#include "common/base/time.hpp"

namespace hapair::config {

class DiffWords {
 public:
  static constexpr std::string_view kHidden = "(hidden)";
  using Path = std::span<const std::string>;

  explicit DiffWords(base::Duration drain_timeout) : drain_timeout_(drain_timeout) {}

  /// "backend web", "VIP VI_1", "node lb1", "process".
  [[nodiscard]] std::string subject(Path path) const;
  /// What it means for connections and elections; may be empty.
  [[nodiscard]] std::string effect(Path path, ChangeKind kind) const;
  /// The value, or one below it, may be secret.
  [[nodiscard]] bool is_hidden(Path path) const;
  /// An object whose members are entities, each by its name.
  [[nodiscard]] bool is_section(Path path) const;
  /// A list in which items come and go.
  [[nodiscard]] bool is_set(Path path) const;

  [[nodiscard]] std::string comes(Path path, const Value& value) const;
  [[nodiscard]] std::string goes(Path path, const Value& value) const;
  [[nodiscard]] std::string changes(Path path, const Value& before, const Value& after) const;
  [[nodiscard]] std::string hidden_changes(Path path) const;
  [[nodiscard]] std::string item_comes(Path path, const Value& item) const;
  [[nodiscard]] std::string item_goes(Path path, const Value& item) const;
  /// "server s1: weight ", "timeouts.client "; empty: the subject itself.
  [[nodiscard]] std::string label(Path path) const;

 private:
  /// A value for people; shortened.
  [[nodiscard]] std::string shown(Path path, const Value& value) const;

  base::Duration drain_timeout_;
};

/// The same value, whatever its place in the file or the order of its members.
[[nodiscard]] bool same(const Value& one, const Value& other);

}  // namespace hapair::config
