#include "common/base/result.hpp"

#include <cstring>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::base {

Error Error::within(std::string_view where) const {
  return {.message = concat(where, ": ", message), .os_errno = os_errno};
}

std::unexpected<Error> fail(std::string message) {
  return std::unexpected(Error{.message = std::move(message), .os_errno = 0});
}

std::unexpected<Error> os_fail(std::string_view what, int code) {
  return std::unexpected(
      Error{.message = concat(what, ": ", std::strerror(code)), .os_errno = code});
}

}  // namespace hapair::base
