// From what the file says of a service's check to libcheck's own terms.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "apps/hapair/config/draft.hpp"
#include "libcheck/core/spec.hpp"

namespace hapair::config {

/// Passwords by the path of their file.
using FilePasswords = std::map<std::string, std::string, std::less<>>;

/// nullopt: the type has no protocol of its own (tcp and tls without steps, script). A password
/// that is not in `passwords` is empty.
[[nodiscard]] std::optional<check::CheckKind> build_service(const CheckDraft& draft,
                                                            const FilePasswords& passwords);

}  // namespace hapair::config
