// The choice of a server as read; see draft.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/config/shape.hpp"
#include "liblb/core/balance.hpp"

namespace hapair::config {

struct BalanceDraft {
  std::string path{};  ///< where the object stands in the file; empty: there is none
  std::string text = lb::BalanceSettings().text;              ///< instead of an object
  lb::BalanceSettings as{.algorithm = lb::Algorithm::kHash};  ///< the object, without what follows
  std::vector<ListedText> on{};
  std::optional<std::uint32_t> load_percent{};
  std::optional<lb::WhenFull> when_full{};
};

}  // namespace hapair::config
