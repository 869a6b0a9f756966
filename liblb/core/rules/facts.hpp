// What rules ask of a request and its connection.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "common/http/head.hpp"

namespace hapair::lb::rules {

/// Of the client's connection; made once for all its requests.
struct ConnectionFacts {
  base::IpAddress client{};
  std::string client_text{};
  std::uint16_t port = 0;  ///< that the client connected to; 0: none, as with a Unix socket
  bool tls = false;
  std::string server_name{};  ///< in lower case; may be empty
  std::string tls_version{};  ///< "TLSv1.3"; where TLS is passed on, the highest that is offered
  std::string protocols{};    ///< of ALPN, with commas between: all offered, or the one agreed on
  bool certificate = false;   ///< it has shown one that was found good
  bool awaits_hello = false;  ///< what is said of TLS is not known yet, but may be
};

struct Facts;
struct RateTest;
class Shelf;

/// What is known of other things than the request.
class Surroundings {
 public:
  [[nodiscard]] virtual base::WallTime wall_time() const = 0;
  /// Of that backend, so many servers take traffic.
  [[nodiscard]] virtual std::size_t usable_servers(std::size_t backend) const = 0;
  /// What was taken from files; null: nothing.
  [[nodiscard]] virtual const Shelf* shelf() const { return nullptr; }
  /// What the test's table counts of the request's client.
  [[nodiscard]] virtual std::uint64_t figure(const RateTest& test, const Facts& facts) const = 0;

 protected:
  ~Surroundings() = default;
};

/// The Host of a request as rules compare it: in lower case, without port and without the dot that
/// a whole name may end with.
class HostText {
 public:
  void read(const http::RequestHead& head);
  [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 256> text_;  // NOLINT: filled as far as it is read; no rule names a longer one
  std::size_t size_ = 0;
};

struct Facts {
  const http::RequestHead& head;
  const ConnectionFacts& connection;
  const Surroundings& surroundings;
  std::string_view host;   ///< see HostText
  std::string_view path;   ///< in its normal form
  std::string_view query;  ///< without "?"
};

}  // namespace hapair::lb::rules
