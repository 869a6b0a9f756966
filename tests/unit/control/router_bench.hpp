// A router over a sample node, and who asks it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "apps/hapair/control/router.hpp"
#include "sample_status.hpp"
#include "whole.hpp"

namespace hapair::control {

inline const net::PeerCredentials kRoot{.pid = 1, .uid = 0, .gid = 0, .groups = {}};
inline const net::PeerCredentials kUser{.pid = 4711, .uid = 1000, .gid = 1000, .groups = {27}};
inline const net::PeerCredentials kAdmin{
    .pid = 4712, .uid = 1001, .gid = 1001, .groups = {27, 990}};
inline const WriteGroup kGroup{.name = "hapair-admin", .gid = 990};

struct RouterBench {
  FakeNode node;
  Router router{node, node, kGroup};

  ControlAnswer ask(http::Method method, std::string_view target, std::string_view body = {},
                    const net::PeerCredentials& who = kRoot) {
    return router.handle({.method = method, .target = target, .body = body, .who = who});
  }
};

inline nlohmann::json error_of(const ControlAnswer& answer) {
  return nlohmann::json::parse(answer.body).at("error");
}

inline std::string whole(const ControlAnswer& answer) {
  return answer.document ? whole(*answer.document) : answer.body;
}

}  // namespace hapair::control
