// Lists of users for rules that ask for a password.
#pragma once

#include <string>
#include <string_view>

#include "apps/hapair/import/haproxy/model.hpp"
#include "common/base/result.hpp"

namespace hapair::importing::haproxy {

/// The name in `users` of a userlist, or ("LIST\nGROUP...") of those of its groups, for whom a list
/// is made. Fails where there is no such list in the result.
[[nodiscard]] base::Result<std::string> list_of_users(Model& model, std::string_view name);

}  // namespace hapair::importing::haproxy
