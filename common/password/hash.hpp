// Makes the hash of a password that is known in clear text, for what comes in from other programs.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hapair::password {

/// SHA-512 of crypt(3), "$6$SALT$...", with 5000 rounds. `salt` is 8 to 16 letters, digits, '.' and
/// '/'. An error where crypt(3) will not, such as for a password with a NUL or above 511 bytes.
[[nodiscard]] base::Result<std::string> make_hash(std::string_view password, std::string_view salt);

}  // namespace hapair::password
