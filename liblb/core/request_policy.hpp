// What a frontend makes of every request before anything is decided about it, and of the responses
// to them: whom to believe, what servers are told of the client, an id. Pure; immutable, one for
// all requests of a frontend.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/http/field_edits.hpp"
#include "common/http/head.hpp"
#include "liblb/core/forwarding.hpp"
#include "liblb/core/request_id.hpp"

namespace hapair::lb {

struct RequestPolicySettings {
  std::optional<ForwardingSettings> forwarding{};
  std::optional<RequestIdSettings> request_id{};
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

  /// False: the head has no room for what is to be added.
  [[nodiscard]] bool shape(http::RequestHead& head, const ClientFacts& facts, const Random& random,
                           RequestNotes& notes) const;
  /// What is to be said in the response, wherever that comes from.
  void dress(const RequestNotes& notes, http::FieldEdits& response) const;

 private:
  void give_id(http::RequestHead& head, const Random& random, RequestNotes& notes) const;

  RequestPolicySettings settings_;
  std::optional<Forwarding> forwarding_;
};

}  // namespace hapair::lb
