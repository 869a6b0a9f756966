// An id for each request, the same in the server's log and in ours. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hapair::lb {

struct RequestIdSettings {
  std::string header = "X-Request-ID";  ///< a field name
  bool trust = false;                   ///< what a proxy that is trusted sends is kept
  bool respond = false;                 ///< the client is told, too
};

/// A UUID, version 4 (RFC 9562, section 5.4), of 128 random bits.
[[nodiscard]] std::string make_request_id(std::uint64_t high, std::uint64_t low);

/// 1 to 128 letters, digits and "-._~:/+=@": fit for any log and any field.
[[nodiscard]] bool is_request_id(std::string_view text);

}  // namespace hapair::lb
