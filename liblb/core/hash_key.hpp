// The key by which a request is laid on a server: parts of it, hashed together. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/http/head.hpp"
#include "liblb/core/balance.hpp"

namespace hapair::lb {

/// `client` is the text of the client's address. nullopt where the request has none of the parts.
[[nodiscard]] std::optional<std::uint64_t> hash_key(const BalanceSettings& balance,
                                                    const http::RequestHead& request,
                                                    std::string_view client);

/// The same for a connection, of which nothing but the client is known.
[[nodiscard]] std::uint64_t hash_key(std::string_view client);

/// The value of a parameter of the query as it stands there, of the first of that name.
[[nodiscard]] std::optional<std::string_view> parameter_of(std::string_view uri,
                                                           std::string_view name);

/// The path of a URI without its query; of more than `depth` parts ("/a/b" has two) the first
/// `depth`. 0: all of them.
[[nodiscard]] std::string_view path_of(std::string_view uri, unsigned depth);

}  // namespace hapair::lb
