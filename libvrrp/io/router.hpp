// Drives one VIP group: feeds its Election from the receive socket and the clock, and performs the
// effects in order: orders to VipPort, the word to RouterListener, a record to the log. Lives in
// the worker; VipPort, the listener and the receiver outlive it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/histogram.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/base/repeat_guard.hpp"
#include "common/event/event_loop.hpp"
#include "libvrrp/core/announce_schedule.hpp"
#include "libvrrp/core/checksum_choice.hpp"
#include "libvrrp/core/election.hpp"
#include "libvrrp/core/election_memory.hpp"
#include "libvrrp/core/peer_table.hpp"
#include "libvrrp/core/receive_checks.hpp"
#include "libvrrp/core/router_figures.hpp"
#include "libvrrp/core/sync_group.hpp"
#include "libvrrp/io/advert_receiver.hpp"
#include "libvrrp/io/hmac_authenticator.hpp"
#include "libvrrp/io/vip_port.hpp"

namespace hapair::vrrp {

class RouterListener {
 public:
  /// The group's addresses are ordered when the call returns: whoever serves on them listens first,
  /// or a client that is early is refused. Must not call the router.
  virtual void on_holding(std::size_t group) noexcept = 0;
  /// The group's role has changed. On becoming master the addresses are held and announced by now;
  /// on ceasing to be it they are still held and the adverts have stopped, so this is the moment to
  /// reset connections: the release follows when the call returns. Must not call the router.
  virtual void on_role(std::size_t group, State state, std::string_view reason) noexcept = 0;
  /// The group would be master and asks its sync group. Must not call the router either.
  virtual void on_claim(std::size_t group) noexcept = 0;

 protected:
  ~RouterListener() = default;
};

class Router final : public DatagramSink, public SyncMember {
 public:
  static constexpr std::size_t kHistory = 16;

  Router(event::EventLoop& loop, std::size_t group, const GroupSettings& settings, Fitness fitness,
         AdvertReceiver& receiver, VipPort& port, RouterListener& listener,
         const base::Logger& logger, base::Journal& journal);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  void start();
  /// Leaves on purpose: a master sends priority 0, then tells the listener, then releases the
  /// addresses. The router stays idle until start() is called again.
  void resign(std::string_view why);
  /// The role goes to a peer: see Election::on_step_down().
  void step_down(std::string_view why);
  /// It decides nothing and orders nothing any more, until thaw(): another process may go on in its
  /// place, with what memory() tells from here on.
  void freeze();
  void thaw();
  [[nodiscard]] RouterMemory memory() const {
    return {.election = election_.memory(),
            .history = history_,
            .times_master = times_master_,
            .figures = figures_};
  }
  /// In place of start(): goes on where another process stopped. The listener hears only of what
  /// has changed since.
  void resume(const RouterMemory& memory);
  /// Other settings of the same virtual router, at `group` from here on: its role and what it knows
  /// of its peers stand.
  void use(std::size_t group, const GroupSettings& settings);
  /// What the node tracks has changed.
  void set_fitness(const Fitness& fitness);

  void on_datagram(const Datagram& datagram) noexcept override;

  [[nodiscard]] std::string_view name() const override { return settings_.name; }
  [[nodiscard]] bool claims() const override { return election_.claims(); }
  [[nodiscard]] bool is_master() const override { return election_.state() == State::kMaster; }
  void grant() override;
  void give_way(std::string_view why) override;

  [[nodiscard]] const GroupSettings& settings() const { return settings_; }
  [[nodiscard]] const Election& election() const { return election_; }
  /// The group's master, another node, says that it has that address, by its last advert.
  [[nodiscard]] bool held_elsewhere(const base::IpAddress& address) const;
  /// The last role changes, oldest first; the last one says since when and why the state is so.
  [[nodiscard]] const std::deque<RoleChange>& history() const { return history_; }
  [[nodiscard]] const PeerTable& peers() const { return peers_; }
  [[nodiscard]] const ReceiveChecks& checks() const { return checks_; }
  [[nodiscard]] std::uint64_t times_master() const { return times_master_; }
  [[nodiscard]] std::uint64_t alarms(AlarmKind kind) const {
    return alarms_[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] const RouterFigures& figures() const { return figures_; }
  /// How late the election's own deadlines were noticed.
  [[nodiscard]] const base::Histogram& lateness() const { return lateness_; }

 private:
  void on_deadline() noexcept;
  void on_announce_due() noexcept;
  void announce(std::size_t count);

  void perform(const ChecksumOrder& order);
  void perform(const Effects& effects);
  void perform(const Advertise& order);
  void perform(const StopAdvertising& order);
  void perform(const AcquireVips& order);
  void perform(const ReleaseVips& order);
  void perform(const Announce& order);
  void perform(const ArmDeadline& order);
  void perform(const DisarmDeadline& order);
  void perform(const Claim& claim);
  void perform(const Transition& transition);
  void perform(const Alarm& alarm);

  void count(const Transition& transition);
  void note(std::string_view id, std::string from, std::string to, std::string cause);
  void on_dropped(DropReason reason, const base::IpAddress& from);
  /// False when the record was held back.
  bool log_guarded(base::RepeatGuard& guard, base::LogLevel level, std::string_view id,
                   std::string_view message);

  event::EventLoop& loop_;
  std::size_t group_;
  GroupSettings settings_;
  AdvertReceiver& receiver_;
  VipPort& port_;
  RouterListener& listener_;
  const base::Logger& logger_;
  base::Journal& journal_;

  Election election_;
  HmacAuthenticator authenticator_;
  ReceiveChecks checks_;
  ChecksumChoice checksums_;
  AnnounceSchedule announcements_;
  event::Timer deadline_;
  event::Timer announce_timer_;

  PeerTable peers_;
  std::vector<base::IpAddress> advertised_;  ///< by the peer that was heard last
  std::deque<RoleChange> history_;
  std::uint64_t times_master_ = 0;
  RouterFigures figures_;
  std::array<std::uint64_t, kAlarmKinds> alarms_{};
  std::array<base::RepeatGuard, kAlarmKinds> alarm_guards_;
  std::array<base::RepeatGuard, kDropReasons> drop_guards_;
  base::Histogram lateness_;
  bool frozen_ = false;
};

}  // namespace hapair::vrrp
