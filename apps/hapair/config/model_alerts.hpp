// What the model holds of those who are told of changes; see model.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"

namespace hapair::config {

/// Who is told of changes: a webhook, or people by mail.
struct Alert {
  std::string name;
  std::optional<base::IpAddress> address{};  ///< of the webhook or relay; absent: that of `host`
  std::string host{};
  std::uint16_t port = 0;
  std::size_t resolver = 0;  ///< index into Model::resolvers, for `host`

  bool tls = false;                 ///< webhook
  std::optional<std::size_t> ca{};  ///< with `tls`: index into Model::tls_files; absent: whoever
  std::string authority{};          ///< webhook: the Host field
  std::string target{};             ///< webhook: "/path?query"

  std::string from{};              ///< mail
  std::vector<std::string> to{};   ///< mail: 1 to 16; empty: a webhook
  std::string subject = "hapair";  ///< mail: 1 to 64 characters that subjects begin with

  bool servers = true;
  bool backends = true;
  bool targets = true;
  bool vips = true;

  base::Duration timeout = std::chrono::seconds(10);  ///< 100ms to 1m: for an attempt
  std::uint16_t tries = 5;                            ///< 1 to 20 for a message
  base::Duration retry = std::chrono::seconds(2);     ///< 100ms to 5m; doubles up to 5m
  base::Duration group{};     ///< 0s to 1h between two messages; 1m for mail unless given
  std::uint16_t queue = 256;  ///< 1 to 10000 changes wait
};

}  // namespace hapair::config
