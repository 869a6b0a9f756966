// Any protocol over UDP: a datagram goes out, and one that is as expected comes back.
#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>

#include "libcheck/core/inquiry.hpp"
#include "libcheck/core/payload_match.hpp"

namespace hapair::check {

struct UdpCheck {
  std::string send{};                    ///< may be empty: an empty datagram
  std::optional<PayloadMatch> expect{};  ///< absent: any answer will do
  /// No answer is an answer: only that the host refuses the port (ICMP) speaks against the server.
  bool silence_is_good = false;

  auto operator<=>(const UdpCheck&) const = default;
};

/// `pattern` is that of an expectation by regular expression, else null; it outlives the inquiry.
[[nodiscard]] std::unique_ptr<Inquiry> make_inquiry(const UdpCheck& check, const Pattern* pattern);

}  // namespace hapair::check
