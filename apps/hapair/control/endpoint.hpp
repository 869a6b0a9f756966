// An endpoint of the control API, and what its handler is called with. The one table of them is in
// endpoints.cpp: the index, which methods a path takes, and the test of docs/openapi.json follow
// from it.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "apps/hapair/control/access.hpp"
#include "apps/hapair/control/actions.hpp"
#include "apps/hapair/control/answer.hpp"
#include "common/http/method.hpp"

namespace hapair::control {

struct ControlRequest {
  http::Method method = http::Method::kGet;
  std::string_view target;  ///< path and query, as sent
  std::string_view body;
  const net::PeerCredentials& who;
};

/// The most {parameters} of a path.
inline constexpr std::size_t kMaxParameters = 3;
using Parameters = std::array<std::string_view, kMaxParameters>;

/// A request that has found its endpoint; who may not change anything has not come as far as here
/// with an order. Parameters stand as they were sent, and none is empty.
struct Call {
  const ControlRequest& request;
  const StatusSource& status;
  ControlActions& actions;
  Parameters parameters{};  ///< in the path's order; those that it does not have are empty

  [[nodiscard]] std::string_view body() const { return request.body; }
  /// Who asks, for the log.
  [[nodiscard]] std::string who() const { return describe(request.who); }
};

struct Endpoint {
  /// What is not asked for by GET changes something. GET stands for HEAD too.
  http::Method method;
  std::string_view path;  ///< "/v1/vips/{vip}/drill"
  std::string_view description;
  ControlAnswer (*handle)(const Call& call);
};

/// In the index's order. Of two that fit a path with the same method the first is it.
[[nodiscard]] std::span<const Endpoint> endpoints();

}  // namespace hapair::control
