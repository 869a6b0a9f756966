// Max-Forwards (RFC 9110, section 7.6.2): an OPTIONS or TRACE request that may go no further is
// answered here, as by the server that it was for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/http/fault.hpp"
#include "common/http/head.hpp"

namespace hapair::http {

/// Judges the field of an OPTIONS or TRACE request, which is to be one decimal number.
[[nodiscard]] std::optional<Fault> judge_max_forwards(const RequestHead& head);

/// How many hops an OPTIONS or TRACE request without a fault may still go; nullopt when it does not
/// say, and for all other methods, which may ignore the field.
[[nodiscard]] std::optional<std::uint64_t> hops_left(const RequestHead& head);

/// The answer to a request that ends here: to TRACE its own head without what is secret (section
/// 9.3.8), to OPTIONS the methods (section 9.3.7).
[[nodiscard]] std::string reply_of_last_hop(const RequestHead& head, bool close);

}  // namespace hapair::http
