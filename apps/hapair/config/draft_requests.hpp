// What the file says of a frontend's requests; a part of the draft (draft.hpp).
#pragma once

#include <vector>

#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

struct RequestsDraft {
  std::vector<ListedText> forwarded_headers;
  std::vector<ListedText> trusted_proxies;  ///< Prefixes
  std::vector<ListedText> fail_without;     ///< names of backends
};

}  // namespace hapair::config
