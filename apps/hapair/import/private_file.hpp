// Files that only their owner can read or write, for secrets and for what holds some.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hapair::importing {

/// Writes the file with mode 0600, in place of one that is there; whole or not at all.
[[nodiscard]] base::Result<void> write_private_file(const std::string& path, std::string_view text);

/// Makes the folder with mode 0700 where there is none.
[[nodiscard]] base::Result<void> make_private_folder(const std::string& path);

}  // namespace hapair::importing
