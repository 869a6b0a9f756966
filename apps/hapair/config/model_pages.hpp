// The part of the model that says what a frontend shows of this node, and to whom; see model.hpp.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace hapair::config {

struct Pages {
  std::string metrics{};               ///< request target of what is counted; empty: none
  bool health = false;                 ///< /healthz and /readyz: the admin listener
  bool admin = false;                  ///< the page of `stats` gives orders; with `users`
  std::optional<std::size_t> users{};  ///< index into Model::users; absent: for all
  std::string realm = "hapair";

  bool operator==(const Pages&) const = default;
};

}  // namespace hapair::config
