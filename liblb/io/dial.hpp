// Begins connections to servers, as their settings say.
#pragma once

#include <expected>

#include "common/net/unique_fd.hpp"
#include "liblb/core/exchange_sides.hpp"
#include "liblb/core/settings.hpp"
#include "liblb/io/context.hpp"

namespace hapair::lb {

/// A socket that is connecting. What this node lacks is told in the log, once a minute.
[[nodiscard]] std::expected<net::UniqueFd, ConnectFailure> dial(Context& context,
                                                                const ServerSettings& server);

}  // namespace hapair::lb
