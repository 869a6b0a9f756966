// Where the config sends log records and access lines: standard error and output, syslog daemons,
// files. What a target does not take is told of in the others, and in its own when it can.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
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
  /// for use_files().
  void follow_change(const config::Model& model);
  /// The channel to the process that writes the present model's files; none: it is the one before.
  void use_files(net::UniqueFd files);

  /// Null when no target takes access lines: then none is made.
  [[nodiscard]] lb::AccessSink* access_sink();

  void write(const lb::AccessRecord& record, lb::AccessFormat format) noexcept override;

  /// A target of the config with what became of its lines, in the config's order.
  struct Target {
    Target(event::EventLoop& loop, const config::LogTarget& from, logging::LineWriter writer,
           std::unique_ptr<logging::LineOutput> output);

    config::LogWhat what;
    logging::TargetSink sink;
    std::uint64_t told = 0;  ///< drops that were told of
    std::optional<base::Instant> told_at{};
  };
  [[nodiscard]] const std::deque<Target>& targets() const { return targets_; }
  /// Tells of drops; the loop's timer calls it.
  void tell_drops(base::Instant now);

 private:
  void add_all();
  void add(const config::LogTarget& target);
  [[nodiscard]] base::Duration utc_offset(base::WallTime time);
  void on_look() noexcept;

  event::EventLoop& loop_;
  std::string host_name_;
  bool journald_;
  base::Logger& log_;
  const config::Model* model_ = nullptr;  ///< as told last
  std::vector<std::string> paths_;        ///< of the files that the channel is for
  std::optional<logging::FileChannel> files_;
  std::deque<Target> targets_;
  std::vector<logging::TargetSink*> access_;
  event::Timer look_;
  std::int64_t offset_quarter_ = -1;  ///< the quarter of an hour that `offset_` is of
  base::Duration offset_{0};
  std::string line_;  ///< reused from line to line
};

}  // namespace hapair::worker
