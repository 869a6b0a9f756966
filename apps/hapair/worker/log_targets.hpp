// Where the config sends log records and access lines: standard error and output, syslog daemons,
// the journal, files. What a target does not take is told of in the others, and in its own when it
// can. An operator may change a target's level, or switch it off, until the config says otherwise.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/logging/file_output.hpp"
#include "apps/hapair/logging/target_sink.hpp"
#include "common/base/log.hpp"
#include "common/event/event_loop.hpp"
#include "liblb/io/access_sink.hpp"

namespace hapair::worker {

class LogTargets final : public lb::AccessSink {
 public:
  /// How often drops are looked for, and how often those of one target are told of at most.
  static constexpr base::Duration kLook = std::chrono::seconds(1);
  static constexpr base::Duration kTellAgain = std::chrono::minutes(1);

  /// The node's name stands in syslog lines. `journald`: standard error goes to the journal. The
  /// loop and the logger outlive it.
  LogTargets(event::EventLoop& loop, std::string host_name, bool journald, base::Logger& log);

  /// Replaces the sinks of the logger by the model's targets. `files`: the channel to the process
  /// that writes files; none: what goes to files is dropped.
  void open(const config::Model& model, net::UniqueFd files = {});

  /// The model is another one now, which outlives this. Where its log files are others they wait
  /// for use_files(). While its targets are the same they stay as they are, an operator's word on
  /// them included.
  void follow_change(const config::Model& model);
  /// The channel to the process that writes the present model's files; none: it is the one before.
  void use_files(net::UniqueFd files);

  /// Null when no target takes access lines: then none is made. May change with the model, and
  /// with change().
  [[nodiscard]] lb::AccessSink* access_sink();

  /// The targets by that name: "stderr", "syslog /dev/log".
  [[nodiscard]] std::vector<std::size_t> find(std::string_view name) const;
  /// How a target is, as an operator may have it for a while.
  struct State {
    base::LogLevel level = base::LogLevel::kInfo;
    bool enabled = true;
  };
  [[nodiscard]] const State& state(std::size_t target) const { return states_[target]; }
  void change(std::size_t target, const State& state);

  void write(const lb::AccessRecord& record, lb::AccessFormat format) noexcept override;

  /// A target of the config with what became of its lines, in the config's order.
  struct Target {
    Target(event::EventLoop& loop, const config::LogTarget& from, logging::LineWriter writer,
           std::unique_ptr<logging::LineOutput> output);

    logging::TargetSink sink;
    std::uint64_t told = 0;  ///< drops that were told of
    std::optional<base::Instant> told_at{};
  };
  [[nodiscard]] const std::deque<Target>& targets() const { return targets_; }
  /// What the config says of it.
  [[nodiscard]] const config::LogTarget& wanted(std::size_t target) const {
    return wanted_[target];
  }
  /// Tells of drops; the loop's timer calls it.
  void tell_drops(base::Instant now);

 private:
  /// True: its targets are others than before.
  bool set_model(const config::Model& model);
  [[nodiscard]] bool takes_access(std::size_t target) const;
  /// The model's targets in place of those so far.
  void make();
  void drop();
  void add(const config::LogTarget& target);
  /// Has records and access lines go where `states_` say.
  void connect();
  void make_fields(const lb::AccessRecord& record);
  [[nodiscard]] base::Duration utc_offset(base::WallTime time);
  void on_look() noexcept;

  event::EventLoop& loop_;
  std::string host_name_;
  bool journald_;
  base::Logger& log_;
  const config::Model* model_ = nullptr;  ///< as told last
  std::vector<std::string> paths_;        ///< of the files that the channel is for
  std::optional<logging::FileChannel> files_;
  std::vector<config::LogTarget> wanted_;  ///< by the model as told last
  std::vector<State> states_;              ///< of these
  std::deque<Target> targets_;             ///< the same, once they are made
  std::vector<logging::TargetSink*> access_;
  event::Timer look_;
  std::int64_t offset_quarter_ = -1;  ///< the quarter of an hour that `offset_` is of
  base::Duration offset_{0};
  // Reused from line to line:
  std::string line_;
  std::string fields_;
};

}  // namespace hapair::worker
