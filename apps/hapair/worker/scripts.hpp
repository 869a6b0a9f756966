// The worker's side of all scripts: orders their runs, tells notify scripts of what VIPs and sync
// groups become, keeps what became of it for the journal, the log and the status. Never waits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/guardian/guardian_client.hpp"
#include "apps/hapair/guardian/script_client.hpp"
#include "apps/hapair/worker/notify_states.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/event/event_loop.hpp"

namespace hapair::worker {

/// For scripts that are run by themselves, as a check is.
class ScriptRunListener {
 public:
  /// `script`: index into Model::scripts.
  virtual void on_script_ended(std::size_t script,
                               const scripts::ScriptResult& result) noexcept = 0;

 protected:
  ~ScriptRunListener() = default;
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
  std::uint64_t running = 0;  ///< and waiting: told, but not ended
  std::optional<Last> last{};
};

/// Who can have scripts run.
class ScriptPort {
 public:
  /// Runs a script once; false: it can't be, and no end comes. Not while it still runs.
  virtual bool run(std::size_t script) = 0;

 protected:
  ~ScriptPort() = default;
};

class Scripts final : public ScriptPort, guardian::ScriptEvents {
 public:
  /// All of them outlive it.
  Scripts(event::EventLoop& loop, const config::Model& model, const base::Logger& log,
          base::Journal& journal);

  /// Gets the channel from the guardian, where there are scripts.
  [[nodiscard]] base::Result<void> set_up(guardian::GuardianClient& guardian);

  /// One listener; null for none. It outlives this.
  void listen(ScriptRunListener* listener) { listener_ = listener; }
  bool run(std::size_t script) override { return available() && client_->run(script); }

  /// A VIP has a new role.
  void on_role(std::size_t vip, vrrp::State role, std::uint8_t priority);

  /// By notify of the model.
  [[nodiscard]] const std::vector<NotifyHistory>& histories() const { return histories_; }
  /// Scripts can be run.
  [[nodiscard]] bool available() const { return client_ != nullptr && !gone_; }

 private:
  struct Subject {
    /// The event that was last told of each state.
    std::array<std::optional<std::uint64_t>, vrrp::kNotifyStates> causes{};
  };

  void on_script_ended(std::size_t script, const scripts::ScriptResult& result) noexcept override;
  void on_notify_ended(const guardian::NotifyEnded& ended) noexcept override;
  void on_scripts_gone() noexcept override;
  void tell(const NotifyStates::Told& told, std::string_view because_of);
  void note(const guardian::NotifyEnded& ended);

  event::EventLoop& loop_;
  const config::Model& model_;
  const base::Logger& log_;
  base::Journal& journal_;
  NotifyStates states_;
  std::vector<NotifyHistory> histories_;
  std::vector<Subject> subjects_;
  std::unique_ptr<guardian::ScriptClient> client_;  ///< null: there are no scripts
  ScriptRunListener* listener_ = nullptr;
  bool gone_ = false;
};

}  // namespace hapair::worker
