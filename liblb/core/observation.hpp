// What the traffic of a server shows: errors in a row, for HAProxy's observe, and the counts of a
// window, for the comparison with its siblings. A few instructions a request. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/time.hpp"

namespace hapair::lb {

/// What an attempt on a server met with.
enum class Met : std::uint8_t {
  kConnection,    ///< it took the connection
  kNoConnection,  ///< it did not, or not in time
  kGoodResponse,  ///< a status 100 to 499, 501 or 505
  kBadStatus,     ///< another status
  kNoResponse,    ///< the connection ended before a whole response
  kLateResponse,  ///< nothing came in time
  kJunk,          ///< what came breaks the rules of HTTP
};

/// In HAProxy's words: "Wrong http response".
[[nodiscard]] constexpr std::string_view phrase(Met met) {
  switch (met) {
    case Met::kConnection:
      return "L4 successful connection";
    case Met::kNoConnection:
      return "L4 unsuccessful connection";
    case Met::kGoodResponse:
      return "Correct http response";
    case Met::kBadStatus:
      return "Wrong http response";
    case Met::kNoResponse:
      return "Read error (http)";
    case Met::kLateResponse:
      return "Read timeout (http)";
    case Met::kJunk:
      return "Invalid http response";
  }
  return {};
}

/// HAProxy's: not every 5xx speaks against the server.
[[nodiscard]] constexpr Met met_by(unsigned status) {
  return status < 500 || status == 501 || status == 505 ? Met::kGoodResponse : Met::kBadStatus;
}

/// Whose errors count, named as in HAProxy.
enum class Observe : std::uint8_t {
  kOff,
  kLayer4,  ///< connections
  kLayer7,  ///< connections that fail, and responses
};

/// Errors in a row.
class ErrorStreak {
 public:
  /// True: this was the `limit`th in a row, and the count begins anew.
  [[nodiscard]] bool on_met(Observe observe, Met met, std::uint32_t limit) {
    switch (met) {
      case Met::kConnection:
        if (observe == Observe::kLayer4) errors_ = 0;
        return false;
      case Met::kGoodResponse:
        errors_ = 0;
        return false;
      case Met::kNoConnection:
        break;
      case Met::kBadStatus:
      case Met::kNoResponse:
      case Met::kLateResponse:
      case Met::kJunk:
        if (observe != Observe::kLayer7) return false;
    }
    if (++errors_ < limit) return false;
    errors_ = 0;
    return true;
  }

 private:
  std::uint32_t errors_ = 0;
};

/// What a server did in one window.
struct WindowCounts {
  std::uint64_t attempts = 0;  ///< that ended with a response or an error
  std::uint64_t errors = 0;
  std::uint64_t timed = 0;   ///< good ones, whose time counts
  std::uint64_t sum_ns = 0;  ///< of their times

  /// `connections`: there are no responses, a connection is all there is to be had.
  void on_met(Met met, base::Duration took, bool connections) {
    if (met == Met::kConnection && !connections) return;
    ++attempts;
    if (met != Met::kGoodResponse && met != Met::kConnection) {
      ++errors;
      return;
    }
    ++timed;
    sum_ns += static_cast<std::uint64_t>(took.count());
  }
};

}  // namespace hapair::lb
