// An import from beginning to end: files in, one config with its account out. Pure but for the
// FileAccess it is given; bounded by the bounds of Sources.
#pragma once

#include <string>
#include <vector>

#include "apps/hapair/config/faults.hpp"
#include "apps/hapair/import/context.hpp"

namespace hapair::importing {

/// Keepalived's files, one of each node, into the draft; see keepalived/translate.cpp.
namespace keepalived {
void translate(Context& context);
}
/// HAProxy's files into the draft; comes after keepalived. See haproxy/translate.cpp.
namespace haproxy {
void translate(Context& context);
}

struct Outcome {
  std::string config;                 ///< the text of hapair.json, with comments
  std::vector<config::Fault> faults;  ///< what `hapair check` says of it; none: it is good
  std::vector<config::Fault> notices;
};

/// All that context.options names. A file that can't be read at all is an error; everything else is
/// in the account.
[[nodiscard]] base::Result<Outcome> run_import(Context& context);

/// Exit codes of the command beside the usual ones: the result is not good as it is.
inline constexpr int kExitFaults = 3;    ///< `hapair check` refuses it
inline constexpr int kExitDecision = 5;  ///< the operator must decide something first

[[nodiscard]] int exit_code(const Context& context, const Outcome& outcome);

}  // namespace hapair::importing
