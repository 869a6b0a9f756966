// The worker's side of all scripts: orders their runs, tells notify scripts of what VIPs and sync
// groups become, keeps what became of it for the journal, the log and the status. Where the process
// that runs them is killed it goes on with the next one. Never waits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/guardian/guardian_client.hpp"
#include "apps/hapair/guardian/script_client.hpp"
#include "apps/hapair/worker/notify_states.hpp"
#include "apps/hapair/worker/script_orders.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::worker {

/// For a script that is run by itself, as a check is.
class ScriptRunListener {
 public:
  virtual void on_script_ended(const scripts::ScriptResult& result) noexcept = 0;

 protected:
  ~ScriptRunListener() = default;
};

/// For those that are told of alerts.
class AlertRunListener {
 public:
  virtual void on_alert_ended(const guardian::AlertEnded& ended) noexcept = 0;
  /// Orders are taken from here on.
  virtual void on_scripts_ready() noexcept = 0;
  /// What ran is lost, and no end of it comes.
  virtual void on_scripts_gone() noexcept = 0;

 protected:
  ~AlertRunListener() = default;
};

/// What has become of one VIP's or sync group's notify scripts.
struct NotifyHistory {
  struct Last {
    vrrp::NotifyState state = vrrp::NotifyState::kBackup;
    std::size_t script = 0;
    scripts::ScriptResult result{};
    base::WallTime ended{};
  };
  std::optional<vrrp::NotifyState> told{};
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
  std::uint64_t skipped = 0;
  std::uint64_t lost = 0;     ///< with the process that ran them
  std::uint64_t running = 0;  ///< and waiting: told, but not ended
  std::optional<Last> last{};
};

/// Who can have scripts run.
class ScriptPort {
 public:
  /// Runs a script once, as soon as there is a process to run it; false: it can't be, and no end
  /// comes. Not while it still runs.
  virtual bool run(std::size_t script) = 0;

 protected:
  ~ScriptPort() = default;
};

class Scripts final : public ScriptPort, guardian::ScriptEvents {
 public:
  /// All of them outlive it.
  Scripts(event::EventLoop& loop, const config::Model& model, const base::Logger& log,
          base::Journal& journal);

  /// Gets the channel from the guardian, where there are scripts. It outlives this.
  [[nodiscard]] base::Result<void> set_up(guardian::GuardianClient& guardian);
  /// The guardian's answer when this had asked for another channel.
  void on_channel(net::UniqueFd channel);

  struct Change {
    bool other_process = false;  ///< runs them from here on
    bool same_scripts = false;   ///< checks go on where they were, and so begin anew what ran
  };
  /// Another model is in place. `channel`: to the process that runs its scripts; none: they are the
  /// same as before, or there are none. What ran of others is lost.
  void on_reload(Change change, net::UniqueFd channel, guardian::GuardianClient& guardian);
  /// What a VIP is, after on_reload() or in the process before: that has been told already.
  void know_role(std::size_t vip, vrrp::State role, std::uint8_t priority);

  /// Who hears of the ends of a script; null for nobody.
  void listen(std::size_t script, ScriptRunListener* listener) {
    if (script >= listeners_.size()) listeners_.resize(script + 1);
    listeners_[script] = listener;
  }
  bool run(std::size_t script) override;
  /// Null for nobody.
  void listen_to_alerts(AlertRunListener* listener) { alerts_ = listener; }
  /// False: it can't be given, and no end comes.
  bool tell(const guardian::TellAlert& alert) { return ready_ && client_->give(alert); }

  /// A VIP has a new role.
  void on_role(std::size_t vip, vrrp::State role, std::uint8_t priority);

  /// By notify of the model.
  [[nodiscard]] const std::vector<NotifyHistory>& histories() const { return histories_; }
  /// There is a process that runs scripts.
  [[nodiscard]] bool available() const { return ready_; }
  /// Why a script of the model isn't run as it is, with the remedy; empty: nothing speaks against
  /// it.
  [[nodiscard]] const std::string& unfit(std::size_t script) const { return unfit_[script]; }

 private:
  /// An answer of the guardian's that does not come is asked for again.
  static constexpr base::Duration kAskAgain = guardian::GuardianClient::kReplyTimeout;

  struct Subject {
    /// The event that was last told of each state.
    std::array<std::optional<std::uint64_t>, vrrp::kNotifyStates> causes{};
    std::uint64_t skipped = 0;         ///< by this process
    std::uint64_t skipped_before = 0;  ///< by those before it
  };

  void on_script_ended(std::size_t script, const scripts::ScriptResult& result) noexcept override;
  void on_notify_ended(const guardian::NotifyEnded& ended) noexcept override;
  void on_alert_ended(const guardian::AlertEnded& ended) noexcept override;
  void on_script_unfit(std::size_t script, std::string_view reason) noexcept override;
  void on_scripts_ready() noexcept override;
  void on_scripts_gone() noexcept override;
  [[nodiscard]] base::Result<void> connect(net::UniqueFd channel);
  void ask() noexcept;
  void tell(const NotifyStates::Told& told, std::string_view because_of);
  /// False when one of them can't be given.
  bool give(const std::vector<guardian::ScriptOrder>& orders);
  void note_untold(std::size_t subject, vrrp::NotifyState state);
  void note_lost(const ScriptOrders::Lost& lost);
  void note(const guardian::NotifyEnded& ended);
  void refresh(std::size_t subject);
  /// "web", "target disk": what a script is for.
  [[nodiscard]] std::string users_of(std::size_t script) const;

  event::EventLoop& loop_;
  const config::Model& model_;
  const base::Logger& log_;
  base::Journal& journal_;
  guardian::GuardianClient* guardian_ = nullptr;  ///< null: there are no scripts
  std::optional<NotifyStates> states_;
  std::optional<ScriptOrders> orders_;
  std::vector<NotifyHistory> histories_;
  std::vector<Subject> subjects_;
  std::vector<std::string> unfit_;             ///< by script
  std::vector<ScriptRunListener*> listeners_;  ///< by script; null for nobody
  AlertRunListener* alerts_ = nullptr;
  std::unique_ptr<guardian::ScriptClient> client_;
  event::Timer ask_again_;
  bool connected_ = false;
  bool ready_ = false;
};

}  // namespace hapair::worker
