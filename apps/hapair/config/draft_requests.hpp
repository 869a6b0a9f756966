// What the file says of a frontend's requests; a part of the draft (draft.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

struct ErrorPageDraft {
  std::string path;  ///< where it stands in the file
  std::uint16_t status = 0;
  std::string file;  ///< empty where it is faulty
};

struct RequestsDraft {
  std::vector<ListedText> forwarded_headers;
  std::vector<ListedText> trusted_proxies;  ///< Prefixes
  std::vector<ListedText> fail_without;     ///< names of backends
  std::vector<ListedText> algorithms;       ///< empty: the default
  std::vector<ListedText> types;            ///< likewise
  std::vector<ErrorPageDraft> error_pages;
};

}  // namespace hapair::config
