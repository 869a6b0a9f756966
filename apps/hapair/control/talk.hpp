// What every command does that asks the running node something: one question, an answer in JSON, or
// words for a person about why there is none.
#pragma once

#include <expected>
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hapair::control {

struct Question {
  std::string_view command;  ///< for messages: "status"
  std::string socket;        ///< path of the control socket
  std::string path;
  std::string body;
  std::string_view method{};  ///< empty: GET, or with a body POST
};

/// What is wrong with a control socket that is out of reach, and what a person can do about it.
[[nodiscard]] std::string why_unreachable(const std::string& socket, const base::Error& error);

/// The answer's document, or the exit code; what went wrong, and what to do about it, has gone to
/// `err` then.
[[nodiscard]] std::expected<nlohmann::ordered_json, int> talk(const Question& question,
                                                              std::ostream& err);

/// An order: the exit code; `done` in words, or (`json`) the answer as it came.
[[nodiscard]] int give_order(const Question& question, bool json, std::string_view done,
                             std::ostream& out, std::ostream& err);

}  // namespace hapair::control
