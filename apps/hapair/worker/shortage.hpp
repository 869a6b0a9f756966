// What this process runs short of, and what its traffic gives up for that: descriptors and memory,
// looked at four times a second. The decisions are lb::Pressure's; what is given up is the
// engine's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/worker/memory_gauge.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/base/repeat_guard.hpp"
#include "common/event/event_loop.hpp"
#include "liblb/core/pressure.hpp"
#include "liblb/io/engine.hpp"

namespace hapair::worker {

/// Descriptors that the worker keeps for all that is not traffic.
[[nodiscard]] std::size_t reserved_descriptors(const config::Model& model);
/// What is left to traffic of so many.
[[nodiscard]] std::size_t traffic_descriptors(std::size_t all, std::size_t reserved);
/// The ceiling of the worker's memory in bytes: the file's, else three quarters of the control
/// group's, where others and the kernel's buffers count too; 0: none.
[[nodiscard]] std::uint64_t memory_ceiling(const config::Process& process,
                                           std::optional<std::uint64_t> cgroup_limit);

class Shortage {
 public:
  static constexpr base::Duration kLook = std::chrono::milliseconds(250);

  /// How it stands with one thing.
  struct View {
    std::string resource;  ///< "descriptors", "memory"
    lb::Shed stage = lb::Shed::kNothing;
    std::uint64_t used = 0;                 ///< descriptors of traffic, or bytes
    std::uint64_t limit = 0;                ///< of these; 0: none
    std::uint64_t refusals = 0;             ///< times ever that the kernel, or the limit, refused
    std::optional<base::WallTime> since{};  ///< while something is given up
    std::string remedy{};                   ///< likewise
  };

  /// `memory_limit` in bytes; 0: none. All of them outlive it.
  Shortage(event::EventLoop& loop, const config::Model& model, lb::Engine& engine,
           MemoryGauge gauge, std::uint64_t memory_limit, const base::Logger& log,
           base::Journal& journal);

  void start() { on_look(); }
  /// Another model is in place, with this limit of memory.
  void on_reload(std::uint64_t memory_limit);
  [[nodiscard]] std::vector<View> views() const { return {descriptors_.view, memory_.view}; }

 private:
  struct Watched {
    std::string_view begins;  ///< the message when it runs short
    std::string_view ends;    ///< and when it does no more
    View view;
    lb::Pressure pressure;
    base::RepeatGuard told;
    bool announced = false;
  };

  void on_look() noexcept;
  void look_at_descriptors(base::Instant now);
  void look_at_memory(base::Instant now);
  /// Takes over the stage that its pressure has come to, and tells of it.
  void settle(Watched& what, base::Instant now);
  void announce(Watched& what, base::Instant now);

  event::EventLoop& loop_;
  const config::Model& model_;
  lb::Engine& engine_;
  MemoryGauge gauge_;
  const base::Logger& log_;
  base::Journal& journal_;
  std::size_t reserved_;
  Watched descriptors_;
  Watched memory_;
  base::Instant trimmed_{};  ///< when the allocator was last asked to give memory back
  event::Timer timer_;
};

}  // namespace hapair::worker
