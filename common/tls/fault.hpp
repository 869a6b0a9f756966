// What OpenSSL says about the last failure of this thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hapair::tls {

/// Takes the first reason off OpenSSL's queue and empties it: "no shared cipher". Empty when there
/// is none.
[[nodiscard]] std::string take_reason();

/// What a number from that queue says.
[[nodiscard]] std::string reason_of(unsigned long code);

/// "what: reason" as an error.
[[nodiscard]] std::unexpected<base::Error> openssl_fail(std::string_view what);

}  // namespace hapair::tls
