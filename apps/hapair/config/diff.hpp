// What a reload would change: two configurations of one node, compared entity by entity, in words
// for people and as JSON. Pure. What is secret, or may be, is never in it: of such values it says
// only that they change.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "common/base/time.hpp"

namespace hapair::config {

/// One configuration: the file's text and what it means on this node. Both outlive the call.
struct DiffSide {
  std::string_view text;
  const Model& model;
};

enum class ChangeKind : std::uint8_t { kComes, kGoes, kChanges };

/// "comes", "goes", "changes".
[[nodiscard]] std::string_view to_string(ChangeKind kind);

struct Change {
  ChangeKind kind = ChangeKind::kChanges;
  std::string subject;  ///< "backend web", "VIP VI_1", "process"
  std::string path;     ///< in the file: "backends.web.servers.s3"
  std::string text;     ///< "server s3 at 10.0.0.13:80 comes", "priority 100 becomes 150"
  std::string effect;   ///< what it means for connections and elections; may be empty

  bool operator==(const Change&) const = default;
};

/// Something that a running hapair can't change.
struct Refusal {
  std::string path;    ///< in the file: "vips.VI_1.router_id"
  std::string reason;  ///< "router_id 51 becomes 52: that is another virtual router"
  std::string remedy;  ///< "restart hapair on all nodes"

  bool operator==(const Refusal&) const = default;
};

struct Diff {
  std::vector<Change> changes;    ///< in the order of the file; empty: nothing changes
  std::vector<Refusal> refusals;  ///< not empty: a reload is refused, and nothing changes

  [[nodiscard]] bool empty() const { return changes.empty(); }
};

/// Both texts are of files without faults.
[[nodiscard]] Diff diff(const DiffSide& before, const DiffSide& after);

/// The same of the texts alone.
[[nodiscard]] std::vector<Change> changes_between(std::string_view before, std::string_view after,
                                                  base::Duration drain_timeout);

/// What of it a running hapair can't change; empty: all can be reloaded.
[[nodiscard]] std::vector<Refusal> refusals(const Model& before, const Model& after);

/// "vips.VI_1.router_id: reason; remedy".
[[nodiscard]] std::string to_string(const Refusal& refusal);

/// A line for each change and refusal, each ending with a line break.
[[nodiscard]] std::string to_text(const Diff& diff);
/// {"changes": [...], "refusals": [...]}, one object.
[[nodiscard]] std::string to_json(const Diff& diff);

/// The file's text, as JSON without comments, with the values that are secret, or may be, replaced
/// by "(hidden)".
[[nodiscard]] std::string without_secrets(std::string_view text);

}  // namespace hapair::config
