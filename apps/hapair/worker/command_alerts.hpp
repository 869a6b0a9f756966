// The commands that are told of changes: hears every event of the journal, puts what a command
// wants into its queue, and has it run, by the process that runs scripts. Nothing else waits for
// it; where that process is killed the next one goes on.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "apps/hapair/alerts/command_queue.hpp"
#include "apps/hapair/config/model.hpp"
#include "apps/hapair/worker/scripts.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/event/event_loop.hpp"

namespace hapair::worker {

class CommandAlerts final : base::JournalListener, AlertRunListener {
 public:
  /// All outlive it. From here on the journal's events are heard.
  CommandAlerts(event::EventLoop& loop, const config::Model& model, Scripts& scripts,
                const base::Logger& log, base::Journal& journal);
  ~CommandAlerts();
  CommandAlerts(const CommandAlerts&) = delete;
  CommandAlerts& operator=(const CommandAlerts&) = delete;

  /// Nothing new is heard: another process tells of it. What waits is still delivered.
  void deafen() { journal_.forget(*this); }

  /// The model is another one now: commands that are the same keep what waits for them.
  /// `other_process`: what runs scripts is another one too, and what it ran is lost.
  void follow_change(bool other_process);

  struct Command {
    Command(const config::Alert& told, alerts::CommandSettings settings)
        : alert(told), queue(settings) {}

    config::Alert alert;
    alerts::CommandQueue queue;
    std::string fault{};    ///< of the last run; empty: it was good, or there was none
    base::WallTime last{};  ///< when it ended
  };
  /// Those of the model's alerts that are commands, in its order.
  [[nodiscard]] const std::vector<std::unique_ptr<Command>>& commands() const { return commands_; }

 private:
  void on_journal_event(const base::JournalEvent& event) noexcept override;
  void on_alert_ended(const guardian::AlertEnded& ended) noexcept override;
  void on_scripts_ready() noexcept override { begin_all(); }
  void on_scripts_gone() noexcept override;
  void add(const config::Alert& alert);
  void begin_all() noexcept;
  void begin(Command& command);
  [[nodiscard]] Command* command_of(std::size_t script);
  [[nodiscard]] const std::string& program_of(const Command& command) const;
  void note(Command& command, const alerts::Alert& alert, const scripts::ScriptResult& result);

  event::EventLoop& loop_;
  const config::Model& model_;
  Scripts& scripts_;
  const base::Logger& log_;
  base::Journal& journal_;
  std::vector<std::unique_ptr<Command>> commands_;
  event::Timer due_;
};

}  // namespace hapair::worker
