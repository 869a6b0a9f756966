// From a control request to its answer: which paths there are, which methods they take, who may use
// them. Knows no socket; the session reads requests and sends answers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/hapair/control/access.hpp"
#include "apps/hapair/control/actions.hpp"
#include "apps/hapair/control/pieced_document.hpp"
#include "apps/hapair/control/table_request.hpp"
#include "common/http/fault.hpp"
#include "common/http/method.hpp"

namespace hapair::control {

struct ControlRequest {
  http::Method method = http::Method::kGet;
  std::string_view target;  ///< path and query, as sent
  std::string_view body;
  const net::PeerCredentials& who;
};

struct ControlAnswer {
  static constexpr std::string_view kJson = "application/json";

  int status = 200;
  std::string body;   ///< JSON, unless `content_type` says otherwise
  std::string allow;  ///< value of the Allow field; empty: none
  /// Instead of a body the events after this number, and so on as they come, as JSON lines.
  std::optional<std::uint64_t> follow{};
  std::string_view content_type = kJson;
  /// Instead of a body one that is made in pieces.
  std::unique_ptr<PiecedDocument> document{};
};

/// {"error": {"code": ..., "message": ..., "remedy": ...}}
[[nodiscard]] ControlAnswer error_answer(int status, std::string_view code,
                                         std::string_view message, std::string_view remedy);
/// For a request that is no valid HTTP/1.1.
[[nodiscard]] ControlAnswer error_answer(http::Fault fault);

class Router {
 public:
  /// `status` and `actions` outlive the router.
  Router(const StatusSource& status, ControlActions& actions,
         std::optional<WriteGroup> write_group);

  void use(std::optional<WriteGroup> write_group) { write_group_ = std::move(write_group); }
  [[nodiscard]] ControlAnswer handle(const ControlRequest& request) const;
  [[nodiscard]] const base::Journal& journal() const { return status_.journal(); }

 private:
  [[nodiscard]] ControlAnswer forbid(const net::PeerCredentials& who) const;
  [[nodiscard]] ControlAnswer set_server_state(const ControlRequest& request,
                                               const std::vector<std::string_view>& path) const;
  [[nodiscard]] ControlAnswer upgrade(const ControlRequest& request) const;
  [[nodiscard]] ControlAnswer step_down(const ControlRequest& request, std::string_view vip) const;
  [[nodiscard]] ControlAnswer drill(const ControlRequest& request, std::string_view vip) const;
  [[nodiscard]] ControlAnswer set_maintenance(const ControlRequest& request,
                                              std::string_view vip) const;
  [[nodiscard]] ControlAnswer reload(const ControlRequest& request) const;
  [[nodiscard]] ControlAnswer change_table(const ControlRequest& request,
                                           const TablePath& path) const;
  [[nodiscard]] ControlAnswer sentences(std::string_view vip,
                                        std::vector<std::string> (*tell)(const Status&,
                                                                         const VipStatus&)) const;
  [[nodiscard]] ControlAnswer events(std::string_view after) const;
  [[nodiscard]] static ControlAnswer follow(std::string_view after);

  const StatusSource& status_;
  ControlActions& actions_;
  std::optional<WriteGroup> write_group_;
};

}  // namespace hapair::control
