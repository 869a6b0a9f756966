// The closed lists of messages between the worker and the process that runs scripts
// (script_host.hpp), in the form of protocol.hpp. Scripts and subjects are indices into the grants:
// the worker says which, and never what. Only a script that is granted to hear of alerts gets words
// of the worker's, behind its own arguments.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "apps/hapair/scripts/script.hpp"
#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "libvrrp/core/notify_queue.hpp"

namespace hapair::guardian {

// Worker to script host.

/// Run the script once; answered with a ScriptEnded, or not at all while it still runs.
struct RunScript {
  std::uint16_t script = 0;
  bool operator==(const RunScript&) const = default;
};
/// Which notify scripts are to hear of a state.
enum class Tell : std::uint8_t {
  kAll,      ///< the one for it, then the one for any
  kAnyOnly,  ///< the one for it has heard
  kNothing,  ///< none: all have heard it from the process before; it is only to be known
};
inline constexpr std::uint8_t kTells = 3;

/// Tell the notify scripts of a VIP or sync group about its new state.
struct TellState {
  std::uint16_t subject = 0;
  vrrp::NotifyState state = vrrp::NotifyState::kBackup;
  std::uint8_t priority = 0;
  Tell scripts = Tell::kAll;
  bool operator==(const TellState&) const = default;
};

/// Tell a script that may hear of it what has changed: an alert. Answered with an AlertEnded.
struct TellAlert {
  /// What has changed, its name, the state before, the state now, the reason.
  static constexpr std::size_t kWords = 5;
  static constexpr std::size_t kMaxWord = 1024;  ///< bytes, all of them printable ASCII

  std::uint16_t script = 0;
  std::uint64_t number = 0;  ///< comes back with its end
  std::array<std::string, kWords> words{};
  bool operator==(const TellAlert&) const = default;
};

using ScriptOrder = std::variant<RunScript, TellState, TellAlert>;

[[nodiscard]] std::vector<std::uint8_t> encode_script_order(const ScriptOrder& order);
[[nodiscard]] base::Result<ScriptOrder> decode_script_order(base::Bytes bytes);

// Script host to worker.

/// Orders are taken from here on. Sent once, after each ScriptUnfit.
struct ScriptsReady {
  bool operator==(const ScriptsReady&) const = default;
};
/// The script isn't there, or not safe to run. It is looked at again before each run.
struct ScriptUnfit {
  std::uint16_t script = 0;
  std::string reason;  ///< with the remedy; printable
  bool operator==(const ScriptUnfit&) const = default;
};
struct ScriptEnded {
  std::uint16_t script = 0;
  scripts::ScriptResult result;
  bool operator==(const ScriptEnded&) const = default;
};
/// A notify script has ended.
struct NotifyEnded {
  std::uint16_t subject = 0;
  vrrp::NotifyState state = vrrp::NotifyState::kBackup;
  std::uint8_t priority = 0;
  std::uint16_t script = 0;
  std::uint32_t waiting = 0;  ///< runs of the subject that are still to come
  std::uint64_t skipped = 0;  ///< runs of the subject that were left out, up to now
  scripts::ScriptResult result;
  bool operator==(const NotifyEnded&) const = default;
};

struct AlertEnded {
  std::uint16_t script = 0;
  std::uint64_t number = 0;  ///< of its order
  scripts::ScriptResult result;
  bool operator==(const AlertEnded&) const = default;
};

using ScriptReport = std::variant<ScriptEnded, NotifyEnded, ScriptsReady, ScriptUnfit, AlertEnded>;

[[nodiscard]] std::vector<std::uint8_t> encode_script_report(const ScriptReport& report);
[[nodiscard]] base::Result<ScriptReport> decode_script_report(base::Bytes bytes);

}  // namespace hapair::guardian
