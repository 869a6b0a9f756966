// The part of the model that says what a frontend makes of every request, and what it says itself;
// see model.hpp. Mode http only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"

namespace hapair::config {

/// What servers are told of where a request came from.
struct ForwardedFields {
  bool from = false;       ///< X-Forwarded-For
  bool proto = false;      ///< X-Forwarded-Proto
  bool host = false;       ///< X-Forwarded-Host
  bool port = false;       ///< X-Forwarded-Port
  bool forwarded = false;  ///< Forwarded (RFC 7239)

  bool operator==(const ForwardedFields&) const = default;
};

struct RequestId {
  bool wanted = false;
  std::string header = "X-Request-ID";
  bool trust = false;    ///< what trusted proxies send is kept
  bool respond = false;  ///< the client is told, too

  bool operator==(const RequestId&) const = default;
};

/// Requests by http are sent to the same by https.
struct RedirectHttps {
  bool wanted = false;
  std::uint16_t port = 443;

  bool operator==(const RedirectHttps&) const = default;
};

/// Strict-Transport-Security (RFC 6797).
struct Hsts {
  bool wanted = false;
  base::Duration max_age = std::chrono::days(365);  ///< 0 to 730 days
  bool include_subdomains = false;
  bool preload = false;

  /// The field's value.
  [[nodiscard]] std::string to_string() const;

  bool operator==(const Hsts&) const = default;
};

/// A target that is answered here, for whoever watches this node.
struct Monitor {
  std::string uri;                        ///< a path; empty: none
  std::vector<std::size_t> fail_without;  ///< up to 16 indexes of backends
  bool log = false;

  bool operator==(const Monitor&) const = default;
};

/// Responses are compressed for clients that like that.
struct Compression {
  bool wanted = false;
  std::vector<std::string> algorithms;  ///< "gzip", "deflate": the best first
  std::vector<std::string> types;       ///< in lower case: "text/html", "text/*"
  std::uint64_t min_size = 1024;        ///< bytes, 0 to 1 GiB
  int level = 3;                        ///< 1 (fast) to 9 (small)
  std::uint32_t max_streams = 256;      ///< responses at once

  bool operator==(const Compression&) const = default;
};

/// In place of the built-in page.
struct ErrorPage {
  std::uint16_t status = 0;
  std::string content_type;
  std::string body;  ///< up to 64 KiB

  bool operator==(const ErrorPage&) const = default;
};

struct RequestOptions {
  ForwardedFields forwarded{};
  std::vector<base::Prefix> trusted_proxies{};  ///< up to 64
  /// What clients say by the names of forwarded fields is taken off, unless they are such proxies.
  bool distrusts = false;
  std::vector<std::string> taken_off{};  ///< further names
  RequestId id{};
  RedirectHttps redirect{};
  Hsts hsts{};
  Monitor monitor{};
  Compression compression{};
  std::vector<ErrorPage> error_pages{};

  /// Requests are answered without a server.
  [[nodiscard]] bool answers() const { return redirect.wanted || !monitor.uri.empty(); }

  bool operator==(const RequestOptions&) const = default;
};

}  // namespace hapair::config
