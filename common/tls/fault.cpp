#include "common/tls/fault.hpp"

#include <openssl/err.h>

#include "common/base/text.hpp"

namespace hapair::tls {

std::string take_reason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  return code == 0 ? std::string() : reason_of(code);
}

std::string reason_of(unsigned long code) {
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : base::concat("OpenSSL error ", code);
}

std::unexpected<base::Error> openssl_fail(std::string_view what) {
  const std::string reason = take_reason();
  return base::fail(reason.empty() ? std::string(what) : base::concat(what, ": ", reason));
}

}  // namespace hapair::tls
