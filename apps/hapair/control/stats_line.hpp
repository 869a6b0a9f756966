// What clients of HAProxy's stats socket send to it: one line of commands without HTTP, such as
// "show info;show stat", and how that is answered. Only lines that begin with such a command and
// can be no HTTP request are taken for one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "apps/hapair/control/actions.hpp"
#include "apps/hapair/control/pieced_document.hpp"
#include "apps/hapair/control/status_model.hpp"

namespace hapair::control {

enum class Speech : std::uint8_t {
  kUnclear,  ///< more has to come
  kHttp,
  kLine,  ///< of commands: it ends with the first line end
};

/// With its end.
inline constexpr std::size_t kMaxStatsLine = 1024;

/// What a client speaks that has said so much as its first.
[[nodiscard]] Speech speech_of(std::string_view input);

/// Of a line so many commands are answered.
inline constexpr std::size_t kMaxStatsCommands = 16;

/// The answers to all commands of a line, each with an empty line behind it. All figures are those
/// of this moment.
[[nodiscard]] std::unique_ptr<PiecedDocument> answer_stats_line(std::string_view line,
                                                                const StatusSource& source);

/// "Name: hapair" and so on, a line each, with the names of HAProxy.
[[nodiscard]] std::string render_info(const Status& status);

}  // namespace hapair::control
