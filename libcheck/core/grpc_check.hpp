// The health protocol of gRPC: grpc.health.v1.Health/Check, a call over HTTP/2
// (https://github.com/grpc/grpc/blob/master/doc/health-checking.md and PROTOCOL-HTTP2.md).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.hpp"
#include "libcheck/core/dialogue.hpp"
#include "libcheck/core/http_check.hpp"

namespace hapair::check {

struct GrpcCheck {
  std::string service{};  ///< whose health is asked for; empty: the server's as a whole
  std::string host{};     ///< the authority; empty: the endpoint as text

  auto operator<=>(const GrpcCheck&) const = default;
};

/// HealthCheckResponse.ServingStatus.
enum class ServingStatus : std::uint8_t {
  kUnknown = 0,
  kServing = 1,
  kNotServing = 2,
  kServiceUnknown = 3,
};

/// "SERVING"
[[nodiscard]] std::string_view to_string(ServingStatus status);

/// HealthCheckRequest as one message of gRPC: flag, length, fields. `service` up to 1024 bytes.
[[nodiscard]] std::string encode_health_request(std::string_view service);

/// HealthCheckResponse: nullopt when it is none. Unknown fields are skipped, of several statuses
/// the last counts, and one that nobody knows is kUnknown, as protobuf has it.
[[nodiscard]] std::optional<ServingStatus> decode_health_response(std::string_view message);

/// "NOT_FOUND"; empty for a number that gRPC does not have.
[[nodiscard]] std::string_view grpc_status_name(std::uint64_t status);

/// `time_limit`: told to the server, which may give up then.
[[nodiscard]] std::unique_ptr<Dialogue> make_dialogue(const GrpcCheck& check,
                                                      const HttpTerms& terms,
                                                      base::Duration time_limit);

}  // namespace hapair::check
