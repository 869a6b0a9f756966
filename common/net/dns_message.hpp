// What a response of the DNS says to one question (RFC 1035): addresses, or the hosts of a service
// (RFC 2782), with the time for which it holds. Aliases within the response are followed. Pure: any
// bytes give an answer or an error.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"

namespace hapair::net {

/// The numbers are the protocol's.
enum class DnsType : std::uint16_t { kA = 1, kAaaa = 28, kSrv = 33 };

/// "A", "AAAA", "SRV".
[[nodiscard]] std::string_view to_string(DnsType type);

/// A host that offers a service.
struct DnsService {
  std::uint16_t priority = 0;  ///< the lowest is wanted first
  std::uint16_t weight = 0;    ///< its share among those of one priority
  std::uint16_t port = 0;
  std::string host;  ///< in lower case, without a last dot; empty: the service is not offered

  bool operator==(const DnsService&) const = default;
};

struct DnsAnswer {
  enum class Kind : std::uint8_t {
    kData,
    kNoData,  ///< the name is there, but nothing of this type
    kNoName,  ///< NXDOMAIN: there is no such name
  };
  Kind kind = Kind::kData;
  std::vector<base::IpAddress> addresses{};
  std::vector<DnsService> services{};
  /// The least of all records that led here; without data what RFC 2308, section 5, says, or 0.
  std::chrono::seconds ttl{0};
};

/// `name` is without a last dot. Fails where the message is no response to this question, where it
/// is cut off or malformed, and where the server could not answer.
[[nodiscard]] base::Result<DnsAnswer> decode_dns_answer(base::Bytes message, std::string_view name,
                                                        DnsType type);

}  // namespace hapair::net
