// `hapair drift`: what was changed at run time and is otherwise in the file.
#pragma once

#include <expected>
#include <iosfwd>
#include <string>
#include <vector>

namespace hapair::control {

struct DriftCommand {
  std::string socket;
  bool json = false;
};

/// A change that the file can say, and what it is to say then.
struct DriftToWrite {
  std::vector<std::string> path;  ///< keys from the top of the file
  std::string value;              ///< JSON; empty: it is to go
  bool into = false;              ///< an object that is there keeps what the value says nothing of
};

struct Drift {
  std::vector<DriftToWrite> writable;
  std::size_t count = 0;    ///< with what the file can't say
  std::string config_hash;  ///< SHA-256 of the file as the node has read it
};

/// Shows it; what is to be done about it, or the exit code when there is no telling.
[[nodiscard]] std::expected<Drift, int> show_drift(const DriftCommand& command, std::ostream& out,
                                                   std::ostream& err);

}  // namespace hapair::control
