// The worker and its log targets: what an operator may change of them while all runs.
#include <variant>
#include <vector>

#include "apps/hapair/worker/journal_note.hpp"
#include "apps/hapair/worker/worker.hpp"
#include "common/base/text.hpp"

namespace hapair::worker {
namespace {

/// "level debug (info by the file), on".
std::string words_of(const config::LogTarget& wanted, const LogTargets::State& state) {
  std::string words;
  if (wanted.what != config::LogWhat::kAccess) {
    words = base::concat("level ", base::to_string(state.level));
    if (state.level != wanted.level) {
      words += base::concat(" (", base::to_string(wanted.level), " by the file)");
    }
    words += ", ";
  }
  return words + (state.enabled ? "on" : "off");
}

}  // namespace

control::LogOutcome Worker::change_log(const control::LogOrder& order, std::string_view who) {
  using enum control::LogOutcome;
  std::vector<std::size_t> found;
  if (const auto* index = std::get_if<std::size_t>(&order.target)) {
    if (*index < log_targets_->targets().size()) found.push_back(*index);
  } else {
    found = log_targets_->find(std::get<std::string>(order.target));
  }
  if (found.empty()) return kUnknownTarget;
  if (found.size() > 1) return kAmbiguous;
  const std::size_t index = found.front();
  const LogTargets::Target& target = log_targets_->targets()[index];
  const config::LogTarget& wanted = log_targets_->wanted(index);
  if (order.level && wanted.what == config::LogWhat::kAccess) return kNoLevel;
  LogTargets::State state = log_targets_->state(index);
  if (order.level) state.level = *order.level;
  if (order.enabled) state.enabled = *order.enabled;
  const std::string cause = base::concat(words_of(wanted, state), ", ordered by ", who);
  // Also where it is switched off it is told; of what it takes afterwards this is the first.
  if (!state.enabled) log_.info("log-changed", target.sink.name(), cause);
  log_targets_->change(index, state);
  if (state.enabled) log_.info("log-changed", target.sink.name(), cause);
  engine_->use_access(log_targets_->access_sink());
  note(journal_, loop_, "log-changed", target.sink.name(), state.enabled ? "on" : "off", cause);
  return kDone;
}

}  // namespace hapair::worker
