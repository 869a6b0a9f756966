// The status document of a node with thousands of servers, made a piece at a time, so that the loop
// can do something else in between: all pieces together are what render_status(), render_health()
// or render_backends() makes of the same status. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/hapair/control/pieced_document.hpp"
#include "apps/hapair/control/status_model.hpp"

namespace hapair::control {

class StatusDocument final : public PiecedDocument {
 public:
  /// Targets or servers of a piece; below a millisecond's work.
  static constexpr std::size_t kBatch = 32;
  enum class What : std::uint8_t { kStatus, kHealth, kBackends };

  /// True for a status that had better be told in pieces.
  [[nodiscard]] static bool is_long(const Status& status);

  StatusDocument(What what, Status status);

  /// What no list of targets or servers is comes in one piece.
  [[nodiscard]] std::string next() override;

 private:
  /// A list that is empty in the outline: the servers of a backend, or the targets.
  struct List {
    bool of_targets = false;
    std::size_t place = 0;  ///< in the outline, behind its opening bracket
    std::size_t next = 0;   ///< element of the targets, or of the rows
    std::size_t end = 0;
    bool begun = false;
  };

  /// Finds each backend's servers among the rows; yields the rows that are none.
  [[nodiscard]] std::vector<lb::StatsRow> list_servers();
  /// The places of the lists, which stand in the outline in the order in which they are here.
  void find_places();
  [[nodiscard]] std::string next_batch(List& list) const;

  base::WallTime now_;
  std::vector<TargetStatus> targets_;
  std::vector<lb::StatsRow> rows_;
  std::string outline_;
  std::vector<List> lists_;
  std::size_t told_ = 0;  ///< bytes of the outline
  std::size_t list_ = 0;  ///< the next, or the one that is being told
};

}  // namespace hapair::control
