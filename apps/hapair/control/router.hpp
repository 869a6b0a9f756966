// From a control request to its answer: finds its endpoint, and sees to who may use that. Knows no
// socket; the session reads requests and sends answers.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "apps/hapair/control/access.hpp"
#include "apps/hapair/control/actions.hpp"
#include "apps/hapair/control/answer.hpp"
#include "apps/hapair/control/endpoint.hpp"

namespace hapair::control {

class Router {
 public:
  /// `status` and `actions` outlive the router.
  Router(const StatusSource& status, ControlActions& actions,
         std::optional<WriteGroup> write_group);

  void use(std::optional<WriteGroup> write_group) { write_group_ = std::move(write_group); }
  [[nodiscard]] ControlAnswer handle(const ControlRequest& request) const;
  /// A line of commands as HAProxy's clients send it.
  [[nodiscard]] std::unique_ptr<PiecedDocument> answer_line(std::string_view line) const;
  [[nodiscard]] const base::Journal& journal() const { return status_.journal(); }

 private:
  [[nodiscard]] ControlAnswer forbid(const net::PeerCredentials& who) const;

  const StatusSource& status_;
  ControlActions& actions_;
  std::optional<WriteGroup> write_group_;
};

}  // namespace hapair::control
