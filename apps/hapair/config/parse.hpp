// The whole way of a text: document, reading, cross checks. Pure: no file is opened.
#pragma once

#include <string_view>

#include "apps/hapair/config/faults.hpp"
#include "apps/hapair/config/reader.hpp"

namespace hapair::config {

struct ParsedConfig {
  Reading reading;  ///< fit for build() when there are no faults
  FaultList faults;
  FaultList notices;  ///< what works but is worth a second look
};

[[nodiscard]] ParsedConfig parse_config(std::string_view text);

}  // namespace hapair::config
