// What a frontend makes of every request before anything is decided about it, and of the responses
// to them: whom to believe, what servers are told of the client, an id. Pure; immutable, one for
// all requests of a frontend.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/http/field_edits.hpp"
#include "common/http/head.hpp"
#include "common/http/reply.hpp"
#include "liblb/core/compression.hpp"
#include "liblb/core/error_pages.hpp"
#include "liblb/core/forwarding.hpp"
#include "liblb/core/request_id.hpp"

namespace hapair::lb {

/// A target that is answered here, for whoever watches this node.
struct MonitorSettings {
  std::string path{};                       ///< without a query
  std::vector<std::size_t> fail_without{};  ///< backends that must have a usable server
  bool log = false;
};

struct RequestPolicySettings {
  std::optional<ForwardingSettings> forwarding{};
  std::optional<RequestIdSettings> request_id{};
  std::optional<std::uint16_t> https_port{};  ///< requests by http are sent there
  std::string hsts{};  ///< Strict-Transport-Security (RFC 6797); empty: it is not said
  std::optional<MonitorSettings> monitor{};
  std::optional<CompressionSettings> compression{};
  ErrorPages error_pages{};
};

/// What came of it for one request; lives as long as its head.
struct RequestNotes {
  RequestOrigin origin{};
  std::string id{};          ///< empty: it has none
  http::FieldEdits edits{};  ///< to its head, which refers to their texts

  void clear() {
    origin = {};
    id.clear();
    edits.clear();
  }
};

class RequestPolicy {
 public:
  /// 128 bits that nobody can guess.
  struct Random {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
  };

  explicit RequestPolicy(RequestPolicySettings settings);

  /// shape() is to be given random bits.
  [[nodiscard]] bool wants_random() const { return settings_.request_id.has_value(); }
  /// It is to be given where the client connected to.
  [[nodiscard]] bool wants_local() const;
  /// May be null.
  [[nodiscard]] const Forwarding* forwarding() const {
    return forwarding_ ? &*forwarding_ : nullptr;
  }

  [[nodiscard]] const ErrorPages& error_pages() const { return settings_.error_pages; }
  /// May be null.
  [[nodiscard]] const Compression* compression() const {
    return compression_ ? &*compression_ : nullptr;
  }

  /// False: the head has no room for what is to be added.
  [[nodiscard]] bool shape(http::RequestHead& head, const ClientFacts& facts, const Random& random,
                           RequestNotes& notes) const;
  /// What is to be said in a response made here; views into this object and the notes.
  [[nodiscard]] std::vector<http::ReplyField> said(const RequestNotes& notes) const;
  /// The same in a response that a server makes.
  void dress(const RequestNotes& notes, http::FieldEdits& response) const;

  /// The request asks how this node is. May be null.
  [[nodiscard]] const MonitorSettings* asks_monitor(const http::RequestHead& head) const;
  /// Requests by http are sent on to https: this one, to that port.
  [[nodiscard]] std::optional<std::uint16_t> redirects(const RequestNotes& notes) const {
    return notes.origin.secure ? std::nullopt : settings_.https_port;
  }

 private:
  void give_id(http::RequestHead& head, const Random& random, RequestNotes& notes) const;

  RequestPolicySettings settings_;
  std::optional<Forwarding> forwarding_;
  std::optional<Compression> compression_;
};

}  // namespace hapair::lb
