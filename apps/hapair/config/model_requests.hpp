// The part of the model that says what a frontend makes of every request, and what it says itself;
// see model.hpp. Mode http only.
#pragma once

#include <string>
#include <vector>

#include "common/base/ip_address.hpp"

namespace hapair::config {

/// What servers are told of where a request came from.
struct ForwardedFields {
  bool from = false;       ///< X-Forwarded-For
  bool proto = false;      ///< X-Forwarded-Proto
  bool host = false;       ///< X-Forwarded-Host
  bool port = false;       ///< X-Forwarded-Port
  bool forwarded = false;  ///< Forwarded (RFC 7239)
};

struct RequestId {
  bool wanted = false;
  std::string header = "X-Request-ID";
  bool trust = false;    ///< what trusted proxies send is kept
  bool respond = false;  ///< the client is told, too
};

struct RequestOptions {
  ForwardedFields forwarded{};
  std::vector<base::Prefix> trusted_proxies{};  ///< up to 64
  /// What clients say by the names of forwarded fields is taken off, unless they are such proxies.
  bool distrusts = false;
  std::vector<std::string> taken_off{};  ///< further names
  RequestId id{};
};

}  // namespace hapair::config
