// The part of the model that says how clients are kept on their servers, and how often they may;
// see model.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/time.hpp"
#include "liblb/core/rate_of.hpp"

namespace hapair::config {

enum class CookieMode : std::uint8_t { kInsert, kPrefix, kRewrite };
enum class SecureCookie : std::uint8_t { kAuto, kAlways, kNever };
enum class SameSite : std::uint8_t { kUnsaid, kLax, kStrict, kNone };

/// A cookie that says which server a client has (mode http).
struct Cookie {
  std::string name;  ///< a token of 1 to 64 bytes
  CookieMode mode = CookieMode::kInsert;
  bool indirect = true;
  bool no_cache = true;
  bool http_only = true;
  SecureCookie secure = SecureCookie::kAuto;
  SameSite same_site = SameSite::kUnsaid;
  std::string domain;          ///< up to 128 bytes; empty: none is said
  std::string path = "/";      ///< up to 128 bytes
  base::Duration max_idle{0};  ///< 0 (any) or 1s to 10 years
  base::Duration max_life{0};  ///< likewise
  bool is_signed = true;       ///< where the cluster has a secret, unless given

  bool operator==(const Cookie&) const = default;
};

enum class ClientKey : std::uint8_t { kSource, kHeader, kCookie, kSni };

/// What clients are told by.
struct ClientKeySource {
  ClientKey key = ClientKey::kSource;
  std::string name{};             ///< of the field or cookie
  std::uint8_t ipv6_prefix = 64;  ///< 16 to 128

  bool operator==(const ClientKeySource&) const = default;
};

/// A table that keeps clients on their servers.
struct Stick {
  ClientKeySource on;
  std::uint32_t size = 100'000;                      ///< 1 to 10000000 clients
  base::Duration expire = std::chrono::minutes(30);  ///< 1s to 10 years, without use

  bool operator==(const Stick&) const = default;
};

/// What is counted of clients.
using lb::RateOf;

/// How much each client may.
struct RateLimit {
  RateOf of = RateOf::kRequests;                 ///< not kActive
  std::uint32_t limit = 0;                       ///< 1 to 1000000; bytes: up to 4 GiB
  base::Duration per = std::chrono::seconds(1);  ///< 1s to 24h
  ClientKeySource by;                            ///< not kSni
  std::uint32_t size = 100'000;                  ///< 1 to 10000000 clients

  bool operator==(const RateLimit&) const = default;
};

/// What clients do is counted here, for rules to look at.
struct Table {
  struct Counter {
    RateOf of = RateOf::kRequests;  ///< not kActive
    base::Duration per{0};          ///< 1s to 24h

    bool operator==(const Counter&) const = default;
  };
  std::string name;
  ClientKeySource by;               ///< not kSni
  std::uint32_t size = 100'000;     ///< 1 to 10000000 clients
  std::vector<Counter> counters{};  ///< each of another kind
  bool active = false;              ///< what is under way, too

  bool operator==(const Table&) const = default;
};

}  // namespace hapair::config
