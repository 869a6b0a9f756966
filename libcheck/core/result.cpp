#include "libcheck/core/result.hpp"

#include "common/base/text.hpp"

namespace hapair::check {
namespace {

struct CodeWords {
  std::string_view short_name;
  std::string_view phrase;
  Outcome outcome;
};

CodeWords words(CheckCode code) {
  switch (code) {
    case CheckCode::kSocketError:
      return {"SOCKERR", "Socket error", Outcome::kInconclusive};
    case CheckCode::kL4Ok:
      return {"L4OK", "Layer4 check passed", Outcome::kPassed};
    case CheckCode::kL4Timeout:
      return {"L4TOUT", "Layer4 timeout", Outcome::kFailed};
    case CheckCode::kL4Refused:
      return {"L4CON", "Layer4 connection problem", Outcome::kFailed};
    case CheckCode::kL6Ok:
      return {"L6OK", "Layer6 check passed", Outcome::kPassed};
    case CheckCode::kL6Timeout:
      return {"L6TOUT", "Layer6 timeout", Outcome::kFailed};
    case CheckCode::kL6BadResponse:
      return {"L6RSP", "Layer6 invalid response", Outcome::kFailed};
    case CheckCode::kL7Ok:
      return {"L7OK", "Layer7 check passed", Outcome::kPassed};
    case CheckCode::kL7Timeout:
      return {"L7TOUT", "Layer7 timeout", Outcome::kFailed};
    case CheckCode::kL7BadResponse:
      return {"L7RSP", "Layer7 invalid response", Outcome::kFailed};
    case CheckCode::kL7WrongStatus:
      return {"L7STS", "Layer7 wrong status", Outcome::kFailed};
    case CheckCode::kProcessOk:
      return {"PROCOK", "External check passed", Outcome::kPassed};
    case CheckCode::kProcessTimeout:
      return {"PROCTOUT", "External check timeout", Outcome::kFailed};
    case CheckCode::kProcessError:
      return {"PROCERR", "External check error", Outcome::kFailed};
    case CheckCode::kL3Ok:
      return {"L3OK", "Layer3 check passed", Outcome::kPassed};
    case CheckCode::kL3Timeout:
      return {"L3TOUT", "Layer3 timeout", Outcome::kFailed};
    case CheckCode::kL3Failed:
      return {"L3CON", "Layer3 unreachable", Outcome::kFailed};
    case CheckCode::kStateGood:
      return {"STOK", "State as it should be", Outcome::kPassed};
    case CheckCode::kStateBad:
      return {"STBAD", "State not as it should be", Outcome::kFailed};
    case CheckCode::kObserved:
      return {"HANA", "Health analyze", Outcome::kFailed};
  }
  return {};
}

bool is_observed(CheckCode code) {
  return code == CheckCode::kStateGood || code == CheckCode::kStateBad;
}

}  // namespace

std::string_view short_name(CheckCode code) { return words(code).short_name; }
std::string_view phrase(CheckCode code) { return words(code).phrase; }
Outcome outcome(CheckCode code) { return words(code).outcome; }

std::string describe(const CheckResult& result) {
  if (is_observed(result.code) && !result.info.empty()) return result.info;
  std::string out(phrase(result.code));
  if (result.status != 0) out += base::concat(", code: ", result.status);
  if (!result.info.empty()) out += base::concat(", info: \"", result.info, "\"");
  if (result.code == CheckCode::kObserved) return out;  // no check took any time
  out += base::concat(
      ", check duration: ",
      std::chrono::duration_cast<std::chrono::milliseconds>(result.duration).count(), "ms");
  return out;
}

}  // namespace hapair::check
