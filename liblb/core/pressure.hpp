// What traffic gives up while this process runs short of something, in order: new clients wait,
// then idle connections end, then caches and spare buffers go back. Each stage begins at once when
// its share of the limit is in use, and ends when use has stayed well below that for a while, so
// that none begins and ends by turns. Pure: readings and `now` go in, the stage comes out.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/time.hpp"

namespace hapair::lb {

/// What is given up; each stage includes those before it.
enum class Shed : std::uint8_t {
  kNothing,
  kClients,  ///< new ones wait in the accept queue
  kIdle,     ///< connections without a request end, clients' and servers'
  kCaches,   ///< what is kept for reuse goes back
};

/// "nothing", "new clients", "idle connections", "caches".
[[nodiscard]] constexpr std::string_view to_string(Shed stage) {
  switch (stage) {
    case Shed::kNothing:
      return "nothing";
    case Shed::kClients:
      return "new clients";
    case Shed::kIdle:
      return "idle connections";
    case Shed::kCaches:
      return "caches";
  }
  return {};
}

struct PressureSettings {
  /// Percent of the limit from which kClients, kIdle and kCaches are given up; rising.
  std::array<std::uint32_t, 3> begins{85, 90, 95};
  std::uint32_t ease = 5;  ///< so many points below that a stage may end
  /// Once it has been so for this long.
  base::Duration calm = std::chrono::seconds(1);
};

class Pressure {
 public:
  explicit Pressure(const PressureSettings& settings) : settings_(settings) {}

  /// `limit` 0: there is none.
  void on_reading(std::uint64_t used, std::uint64_t limit, base::Instant now);
  /// The kernel has refused what it is about, whatever the readings say: clients wait and idle
  /// connections end until that has not happened for `calm`.
  void on_refusal(base::Instant now);

  [[nodiscard]] Shed stage() const { return stage_; }

 private:
  /// The highest stage for so many percent, when each begins `ease` points earlier.
  [[nodiscard]] Shed stage_at(std::uint64_t percent, std::uint32_t ease) const;

  PressureSettings settings_;
  Shed stage_ = Shed::kNothing;
  std::optional<base::Instant> below_since_{};  ///< readings would allow an earlier stage
  std::optional<base::Instant> refused_{};      ///< last
};

}  // namespace hapair::lb
