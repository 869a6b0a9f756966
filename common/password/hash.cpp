#include "common/password/hash.hpp"

#include <crypt.h>

#include <memory>

#include "common/base/text.hpp"

namespace hapair::password {

base::Result<std::string> make_hash(std::string_view password, std::string_view salt) {
  if (password.find('\0') != std::string_view::npos) {
    return base::fail("a NUL stands in the password; choose another one");
  }
  const auto data = std::make_unique<crypt_data>();  // zeroed; too large for a stack
  const std::string phrase(password);
  const std::string setting = base::concat("$6$", salt);
  const char* const hash = crypt_r(phrase.c_str(), setting.c_str(), data.get());
  // What fails is a text that begins with '*' (crypt(3)).
  if (hash == nullptr || hash[0] != '$') {
    return base::fail("the password can't be hashed; choose one of up to 511 bytes");
  }
  return std::string(hash);
}

}  // namespace hapair::password
