#include "apps/hapair/control/answer.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/control/actions.hpp"
#include "apps/hapair/control/json_write.hpp"
#include "common/base/text.hpp"

namespace hapair::control {

using base::concat;

ControlAnswer in_pieces(std::unique_ptr<PiecedDocument> document, std::string_view type) {
  return {.content_type = type, .document = std::move(document)};
}

ControlAnswer error_answer(int status, std::string_view code, std::string_view message,
                           std::string_view remedy) {
  return {
      status, text_of({{"error", {{"code", code}, {"message", message}, {"remedy", remedy}}}}), {}};
}

ControlAnswer error_answer(http::Fault fault) {
  const http::FaultInfo& info = http::info(fault);
  return error_answer(info.status, info.id, info.rule,
                      concat("send a request as ", info.source, " asks for"));
}

ControlAnswer bad_body(const base::Error& error, std::string_view remedy) {
  return error_answer(400, "bad_body", error.message, remedy);
}

ControlAnswer refusal(const ActionFault& fault) {
  return error_answer(fault.status, fault.code, fault.message, fault.remedy);
}

ControlAnswer unknown_vip(std::string_view vip) {
  return error_answer(404, "unknown_vip",
                      concat("there is no VIP '", base::printable(vip, 64), "'"),
                      "see 'vips' in /v1/status for the names");
}

std::string no_server(std::string_view backend, std::string_view server) {
  return concat("there is no server '", base::printable(server, 64), "' in a backend '",
                base::printable(backend, 64), "'");
}

}  // namespace hapair::control
