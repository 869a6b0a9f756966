// What a control request is answered with, and the answers that many endpoints have in common.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apps/hapair/control/pieced_document.hpp"
#include "common/base/result.hpp"
#include "common/http/fault.hpp"

namespace hapair::control {

struct ActionFault;

struct ControlAnswer {
  static constexpr std::string_view kJson = "application/json";

  int status = 200;
  std::string body{};   ///< JSON, unless `content_type` says otherwise
  std::string allow{};  ///< value of the Allow field; empty: none
  /// Instead of a body the events after this number, and so on as they come, as JSON lines.
  std::optional<std::uint64_t> follow{};
  std::string_view content_type = kJson;
  /// Instead of a body one that is made in pieces.
  std::unique_ptr<PiecedDocument> document{};
};

/// 200, with a body that is made in pieces.
[[nodiscard]] ControlAnswer in_pieces(std::unique_ptr<PiecedDocument> document,
                                      std::string_view type = ControlAnswer::kJson);

/// {"error": {"code": ..., "message": ..., "remedy": ...}}
[[nodiscard]] ControlAnswer error_answer(int status, std::string_view code,
                                         std::string_view message, std::string_view remedy);
/// For a request that is no valid HTTP/1.1.
[[nodiscard]] ControlAnswer error_answer(http::Fault fault);

/// 400: what is wrong with the body, and what to send.
[[nodiscard]] ControlAnswer bad_body(const base::Error& error, std::string_view remedy);
/// An order that can't be carried out.
[[nodiscard]] ControlAnswer refusal(const ActionFault& fault);
[[nodiscard]] ControlAnswer unknown_vip(std::string_view vip);
/// "there is no server 'web1' in a backend 'web'".
[[nodiscard]] std::string no_server(std::string_view backend, std::string_view server);

}  // namespace hapair::control
