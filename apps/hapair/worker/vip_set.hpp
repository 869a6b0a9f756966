// All VIPs of this node: their elections with the sockets they listen to, the sync groups between
// them, and the conditions that make them fit. Tells the wiring of every change of role.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/guardian/guardian_client.hpp"
#include "apps/hapair/worker/address_retry.hpp"
#include "apps/hapair/worker/health_wiring.hpp"
#include "apps/hapair/worker/vip_conditions.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/base/repeat_guard.hpp"
#include "common/event/event_loop.hpp"
#include "libvrrp/core/sync_group.hpp"
#include "libvrrp/io/advert_receiver.hpp"
#include "libvrrp/io/router.hpp"

namespace hapair::worker {

class RoleListener {
 public:
  /// As vrrp::RouterListener::on_holding() and on_role().
  virtual void on_vip_holding(std::size_t vip) noexcept = 0;
  virtual void on_vip_role(std::size_t vip, vrrp::State state) noexcept = 0;
  /// A VIP's verdict or priority may have changed.
  virtual void on_vip_fitness() noexcept = 0;

 protected:
  ~RoleListener() = default;
};

class VipSet final : vrrp::RouterListener, vrrp::ForeignVridListener {
 public:
  /// All of them outlive it.
  VipSet(event::EventLoop& loop, const config::Model& model, const HealthWiring& health,
         guardian::GuardianClient& guardian, RoleListener& listener, const base::Logger& log,
         base::Journal& journal);

  /// Gets the receive sockets from the guardian.
  [[nodiscard]] base::Result<void> set_up();
  void start();

  // Changing the process; see docs/decisions/0036-upgrade.md.
  /// Adverts wait in the sockets, and nothing is decided, until thaw(); to be told before set_up()
  /// where another process decides.
  void freeze();
  void thaw();
  struct Receiver {
    std::size_t interface = 0;  ///< index into wiring::interfaces_of()
    base::Family family = base::Family::kIpv4;
    int fd = -1;
  };
  [[nodiscard]] std::vector<Receiver> receivers() const;
  /// In place of start(), of one VIP: the routers go on where those of another process stopped.
  void resume(std::size_t vip, const vrrp::RouterMemory& memory) { routers_[vip]->resume(memory); }
  void start(std::size_t vip) { routers_[vip]->start(); }
  /// A socket for the adverts of one family on an interface, as the guardian has opened it.
  struct NewReceiver {
    std::string interface;
    base::Family family = base::Family::kIpv4;
    net::UniqueFd socket;
  };
  /// What a reload needs beforehand.
  struct Change {
    std::vector<std::optional<std::size_t>> places;  ///< of each VIP among those so far; or new
    std::vector<std::unique_ptr<vrrp::AdvertReceiver>> receivers;  ///< in the order of `opened`
    std::vector<std::pair<std::string, base::Family>> opened;
  };
  /// Changes nothing. An error has a line for each VIP that can't change as things are.
  [[nodiscard]] base::Result<Change> prepare(const config::Model& next,
                                             std::vector<NewReceiver> sockets);
  /// Before take_over(): what was known by comparison with other nodes holds no longer.
  void forget_elsewhere() { conditions_.forget_elsewhere(); }
  /// VIPs that have no place any more resign. Before the guardian takes the next grants.
  void leave(const Change& change);
  /// The next model is in the place of `before`, and the guardian's grants are those of the next
  /// one: what stays goes on in its role, what is new begins. Cannot fail.
  void take_over(Change change, const config::Model& before);

  /// Each VIP leaves on purpose; see Router::resign().
  void resign(std::string_view why);

  /// A condition of this VIP has changed.
  void refresh(std::size_t vip);
  /// An operator takes the VIP out of the election, or back in; kept over restarts.
  void set_maintenance(std::size_t vip, bool on, std::string_view who);
  /// That is kept already, before it is obeyed.
  void keep_maintenance(std::size_t vip, bool on) { guardian_.keep_maintenance(vip, on); }
  /// The role goes to a peer, which keeps it while it is there.
  void step_down(std::size_t vip, std::string_view why) { routers_[vip]->step_down(why); }
  /// That was said before this worker started.
  void on_maintenance(std::size_t vip);
  /// What an interface (an index into wiring::interfaces_of()) can do.
  void on_link_state(std::size_t interface, bool carrier, bool addressed);
  /// Another node is the better one for a backend that the VIP needs; empty: none is any more.
  void set_elsewhere(std::size_t vip, std::size_t backend, std::string_view why);
  /// Its addresses can't be held; after a while that is tried again: see AddressRetry.
  void on_addresses_lost(std::size_t vip, std::string_view reason);
  /// Its routes and rules can't all be put; empty: now they are there.
  void on_routes_state(std::size_t vip, std::string_view fault);
  /// Empty: all are there, as far as the VIP is.
  [[nodiscard]] const std::string& routes_fault(std::size_t vip) const {
    return routes_faults_[vip];
  }

  [[nodiscard]] const std::vector<std::unique_ptr<vrrp::Router>>& routers() const {
    return routers_;
  }
  [[nodiscard]] const VipConditions& conditions() const { return conditions_; }

 private:
  void on_holding(std::size_t group) noexcept override { listener_.on_vip_holding(group); }
  void on_role(std::size_t group, vrrp::State state, std::string_view reason) noexcept override;
  void on_claim(std::size_t group) noexcept override;
  void on_foreign_vrid(std::uint8_t vrid, const base::IpAddress& from) noexcept override;
  void settle() noexcept;
  void on_retry() noexcept;
  [[nodiscard]] base::Result<vrrp::AdvertReceiver*> receiver_for(const config::Vip& vip);
  [[nodiscard]] std::unique_ptr<vrrp::AdvertReceiver> make_receiver(net::UniqueFd socket,
                                                                    base::Family family);
  void make_sync_groups();
  void drop_idle_receivers();

  event::EventLoop& loop_;
  const config::Model& model_;
  guardian::GuardianClient& guardian_;
  RoleListener& listener_;
  const base::Logger& log_;
  base::Journal& journal_;
  VipConditions conditions_;
  std::vector<std::string> interfaces_;
  std::vector<std::string> routes_faults_;     ///< by VIP
  std::vector<AddressRetry> address_retries_;  ///< by VIP
  std::map<std::pair<std::string, base::Family>, std::unique_ptr<vrrp::AdvertReceiver>> receivers_;
  std::vector<std::unique_ptr<vrrp::Router>> routers_;  ///< by VIP
  std::vector<vrrp::SyncGroup> sync_groups_;
  event::Deferred settle_;  ///< after a router's own call, which must not be disturbed
  event::Timer retry_;      ///< forgets the faults, so that it is tried again
  base::RepeatGuard foreign_guard_;
  bool frozen_ = false;
};

}  // namespace hapair::worker
