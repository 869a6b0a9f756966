// What bash needs to complete the words of hapair(8).
#pragma once

#include <string>

namespace hapair::cli {

[[nodiscard]] std::string render_completion();

}  // namespace hapair::cli
