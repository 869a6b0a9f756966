// What the guardian or the supervisor has decided, on its way to the journal, which the worker
// keeps.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/journal.hpp"
#include "common/base/time.hpp"

namespace hapair::guardian {

/// As name and value.
using Figures = std::vector<std::pair<std::string, std::string>>;

struct Decision {
  std::string id;  ///< of its log record
  std::string subject;
  std::string cause;
  base::Instant at{};
  base::WallTime wall{};
  Figures figures{};

  bool operator==(const Decision&) const = default;
};

/// The journal's event of it.
[[nodiscard]] base::JournalEvent event_of(const Decision& decision);

void put_decision(base::ByteWriter& out, const Decision& decision);
/// nullopt: something is outside of its range.
[[nodiscard]] std::optional<Decision> take_decision(base::ByteReader& in);

}  // namespace hapair::guardian
