// VIP groups that move together, as keepalived's vrrp_sync_group has them: the inside and the
// outside of a router, IPv4 and IPv6 of one service. Two rules keep the members alike:
//
//  - All become master, or none: a member that would take over claims, and the group wins when all
//    of its members claim. So a segment that only this node can't hear moves nothing.
//  - When one has to leave, the others that are master resign: the peer gets all of them.
//
// What makes one member unfit, or weakens it, holds for all; the wiring joins their conditions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hapair::vrrp {

/// A group's election, as the sync group sees it.
class SyncMember {
 public:
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual bool claims() const = 0;
  [[nodiscard]] virtual bool is_master() const = 0;
  /// Election::on_grant().
  virtual void grant() = 0;
  /// Election::on_give_way().
  virtual void give_way(std::string_view why) = 0;

 protected:
  ~SyncMember() = default;
};

class SyncGroup {
 public:
  explicit SyncGroup(std::string name) : name_(std::move(name)) {}

  /// The member outlives the group.
  void add(SyncMember& member) { members_.push_back(&member); }

  [[nodiscard]] const std::string& name() const { return name_; }

  /// To be called after a member has claimed or changed its role, outside of that member's call:
  /// brings the others in line.
  void settle();

 private:
  std::string name_;
  std::vector<SyncMember*> members_;
};

}  // namespace hapair::vrrp
