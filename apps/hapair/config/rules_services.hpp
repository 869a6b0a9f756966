// The rules for texts of checks that talk a service's protocol; see rules.hpp.
#pragma once

#include <string>
#include <string_view>

#include "apps/hapair/config/shape.hpp"

namespace hapair::config::rules {

extern const TextRule kWireText;     ///< bytes for a server or from it, at least one
extern const TextRule kWireLine;     ///< the same without a line end; may be empty
extern const TextRule kWireHex;      ///< bytes as pairs of hex digits, blanks between allowed
extern const TextRule kExpression;   ///< a regular expression
extern const TextRule kComment;      ///< up to 128 characters for people
extern const TextRule kHelloName;    ///< how we introduce ourselves to a mail server
extern const TextRule kAccountName;  ///< of a user, a database, a service: 1 to 128 bytes
extern const TextRule kDn;           ///< a distinguished name: 1 to 1024 bytes
extern const TextRule kDnsName;      ///< of the DNS; "." is the root

/// The bytes that a text fit for kWireHex stands for.
[[nodiscard]] std::string bytes_of_hex(std::string_view text);

}  // namespace hapair::config::rules
