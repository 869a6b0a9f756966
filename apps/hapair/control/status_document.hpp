// The status document of a node with thousands of servers, made a piece at a time, so that the loop
// can do something else in between: all pieces together are what render_status() or render_health()
// makes of the same status. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/hapair/control/status_model.hpp"

namespace hapair::control {

class StatusDocument {
 public:
  /// Targets or servers of a piece; below a millisecond's work.
  static constexpr std::size_t kBatch = 32;
  enum class What : std::uint8_t { kStatus, kHealth };

  /// True for a status that had better be told in pieces.
  [[nodiscard]] static bool is_long(const Status& status);

  StatusDocument(What what, Status status);

  /// The next piece; empty: that was all. What no list of targets or servers is comes in one piece.
  [[nodiscard]] std::string next();

 private:
  /// A list that is empty in the outline: the servers of a backend, or the targets.
  struct List {
    bool of_targets = false;
    std::size_t place = 0;  ///< in the outline, behind its opening bracket
    std::vector<lb::StatsRow> servers{};
    std::size_t told = 0;  ///< elements
  };

  void take_servers(lb::StatsSnapshot& traffic);
  /// The places of the lists, which stand in the outline in the order in which they are here.
  void find_places();
  [[nodiscard]] std::string next_batch(List& list) const;
  [[nodiscard]] std::size_t size_of(const List& list) const {
    return list.of_targets ? targets_.size() : list.servers.size();
  }

  base::WallTime now_;
  std::vector<TargetStatus> targets_;
  std::string outline_;
  std::vector<List> lists_;
  std::size_t told_ = 0;  ///< bytes of the outline
  std::size_t list_ = 0;  ///< the next, or the one that is being told
};

}  // namespace hapair::control
