// What servers are told of where a request came from: X-Forwarded-For, -Proto, -Host and -Port, and
// Forwarded (RFC 7239). What a client says by these names is taken off, unless it is one of the
// proxies that are trusted: their word is kept, and ours comes behind it. Pure; immutable, one for
// all requests of a frontend.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/http/field_edits.hpp"
#include "common/http/head.hpp"

namespace hapair::lb {

struct ForwardingSettings {
  bool from = false;       ///< X-Forwarded-For
  bool proto = false;      ///< X-Forwarded-Proto
  bool host = false;       ///< X-Forwarded-Host
  bool port = false;       ///< X-Forwarded-Port
  bool forwarded = false;  ///< Forwarded
  std::vector<base::Prefix> trusted{};
  std::vector<std::string> taken_off{};  ///< further names that clients must not say
};

/// What is known of a request's client without its word.
struct ClientFacts {
  base::IpAddress peer{};
  std::optional<base::Endpoint> local{};  ///< where it connected to; absent for Unix sockets
  bool tls = false;
};

/// What is known with the word of proxies that are trusted.
struct RequestOrigin {
  base::IpAddress client{};  ///< the last in the chain that is not one of them
  bool trusted = false;      ///< the peer is one of them
  bool secure = false;       ///< the client came by https
};

class Forwarding {
 public:
  explicit Forwarding(ForwardingSettings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] bool trusts(const base::IpAddress& peer) const;
  /// Whether a server might take a field of that name for one of these.
  [[nodiscard]] bool covers(std::string_view name) const;
  /// A field of that name is written here.
  [[nodiscard]] bool writes(std::string_view name) const;

  /// Takes off what is not to be believed, and notes what is to be added.
  [[nodiscard]] RequestOrigin apply(http::RequestHead& head, const ClientFacts& facts,
                                    http::FieldEdits& edits) const;
  /// The lines of a trailer section without such.
  [[nodiscard]] std::string purged(std::string_view lines) const;

 private:
  [[nodiscard]] base::IpAddress client_of(const http::FieldList& fields,
                                          const base::IpAddress& peer) const;
  void note(const http::RequestHead& head, const ClientFacts& facts, const RequestOrigin& origin,
            http::FieldEdits& edits) const;

  ForwardingSettings settings_;
};

}  // namespace hapair::lb
