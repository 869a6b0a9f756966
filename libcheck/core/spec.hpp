// What to check and how often. Two targets with equal specs are served by one probe, so every field
// that shows on the wire or in time is part of the comparison; rise and fall are not: they belong
// to the target that hears the result.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "libcheck/core/expectation.hpp"

namespace hapair::check {

enum class CheckKind : std::uint8_t {
  kTcp,   ///< a connection is enough
  kHttp,  ///< one HTTP/1.1 request, judged by the status
};

struct CheckSpec {
  CheckKind kind = CheckKind::kTcp;
  base::Endpoint endpoint;
  base::Duration interval = std::chrono::seconds(2);  ///< from start to start; above 0
  base::Duration timeout =
      std::chrono::seconds(2);  ///< for the whole check; 0 < timeout <= interval

  /// 1 or 2: a PROXY header of that version goes first, which names nobody; 0: none.
  std::uint8_t proxy_version = 0;

  /// Where it leaves from, of the endpoint's family; absent: where the runner's probes do.
  std::optional<base::IpAddress> source{};

  // HTTP only; empty or default for TCP.
  std::string method = "GET";  ///< GET, HEAD or OPTIONS
  std::string path = "/";
  std::string host;  ///< the Host header; empty: the endpoint as text
  ExpectedStatus expect;

  auto operator<=>(const CheckSpec&) const = default;
};

}  // namespace hapair::check
