// Whether a file may be run for the operator: what others than root can change is no script of his.
#pragma once

#include <string>

#include "common/base/result.hpp"

namespace hapair::scripts {

/// Fails with the reason and the remedy unless `path` is a regular file that may be executed, and
/// it and every folder and symbolic link on the way belong to root and can be changed by root
/// alone. In a folder with the sticky bit others may make files, but not touch root's.
/// The error's os_errno is set where something isn't there or can't be looked at.
[[nodiscard]] base::Result<void> check_script_file(const std::string& path);

}  // namespace hapair::scripts
