// Smooth weighted round robin: in every cycle each server is chosen as often as its weight says,
// and a heavy one's turns are spread over the cycle instead of bunched.
//
// Servers of the same share form a group. Among the groups goes the smooth round robin: each gains
// the sum of its shares in credit a round; the richest is chosen and pays the sum of all. Within a
// group the servers stand in a row, and the first goes to its end; so does one to avoid, which has
// just failed. So a choice costs as much as there are different shares, whatever the number of
// servers.
#pragma once

#include <cstdint>
#include <vector>

#include "liblb/core/picker.hpp"

namespace hapair::lb {

class RoundRobin final : public Picker {
 public:
  void update(std::size_t place, const PickTarget& target) override;
  [[nodiscard]] std::optional<std::size_t> pick(const PickQuery& query) override;

 private:
  using Place = std::uint32_t;

  struct Group {
    std::uint32_t share = 0;
    std::uint32_t members = 0;
    Place first = 0;
    std::int64_t credit = 0;
  };
  /// A ring of places: whoever is behind the last is the first.
  struct Link {
    std::uint32_t share = 0;  ///< 0: in no group
    Place before = 0;
    Place behind = 0;
  };

  [[nodiscard]] std::vector<Group>::iterator find_group(std::uint32_t share);
  void join(Place place, std::uint32_t share);
  void leave(Place place);
  void append(Group& group, Place place);
  void unlink(Place place);
  /// To the end of the row.
  void send_back(Group& group, Place place);

  std::vector<Link> links_;  ///< by place
  std::vector<Group> groups_;
};

}  // namespace hapair::lb
