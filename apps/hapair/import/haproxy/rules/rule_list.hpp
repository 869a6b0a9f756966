// The `rules` of a frontend or backend while they are made.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/haproxy/file.hpp"
#include "apps/hapair/import/json_tree.hpp"

namespace hapair::importing::haproxy {

/// Where a rule comes in the list, as HAProxy goes through its own.
enum class Stage : std::uint8_t {
  kResponse,    ///< changes of responses: nothing before them may end the list
  kConnection,  ///< tcp-request connection
  kSession,
  kContent,
  kRequest,   ///< http-request, block and the old ones
  kRedirect,  ///< redirect
  kChoice,    ///< use_backend, use-server
};
inline constexpr std::size_t kStages = 7;

class NewRules {
 public:
  /// `match`: without keys: always. An action that may stand in one rule with its like (lists of
  /// fields) joins the rule before where that has the same match.
  void add(Stage stage, const Line& line, JsonTree match, std::string_view action, JsonTree value);
  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::size_t size() const;
  /// Behind what `owner` has in its `rules`.
  void write(JsonTree& owner);

 private:
  std::vector<JsonTree> stages_[kStages];
};

}  // namespace hapair::importing::haproxy
