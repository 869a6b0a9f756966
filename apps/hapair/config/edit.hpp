// Edits of a configuration's text in place: comments, order and layout of all else stay as they
// are. Pure; what comes of it is for the reader to judge.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace hapair::config {

struct TextEdit {
  std::vector<std::string> path;       ///< keys from the top: {"backends", "web", "servers", "s1"}
  std::optional<std::string> value{};  ///< JSON; absent: the member goes
  /// An object that is there gets the value's members, and keeps its others.
  bool into = false;
};

/// `text` is a file without faults. Fails where a path leads through something that is no object
/// or is not there; to take out what is not there is no fault.
[[nodiscard]] base::Result<std::string> edited(std::string_view text,
                                               std::span<const TextEdit> edits);

}  // namespace hapair::config
