// What is counted of clients.
#pragma once

#include <cstdint>

namespace hapair::lb {

enum class RateOf : std::uint8_t {
  kRequests,
  kConnections,
  kErrors,    ///< answers with a status of 400 to 499, but for 429
  kFailures,  ///< answers with a status of 500 to 599
  kBytesIn,   ///< of requests
  kBytesOut,  ///< of answers
  kActive,    ///< no rate: requests under way (mode tcp: connections) at this moment
};

}  // namespace hapair::lb
