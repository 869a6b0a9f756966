// One POST to a webhook (RFC 9112): any 2xx is a delivery. 408, 425, 429 and 5xx may be tried
// again, what else refuses is for good. The response's body is not read.
#pragma once

#include <string>

#include "apps/hapair/alerts/dialog.hpp"
#include "common/http/head_parser.hpp"

namespace hapair::alerts {

struct WebhookRequest {
  std::string host;    ///< the value of the Host field
  std::string target;  ///< "/path?query"
  std::string agent;   ///< the value of the User-Agent field
  std::string body;    ///< JSON
};

class WebhookDialog final : public Dialog {
 public:
  /// Bytes of a response's head; more is no answer.
  static constexpr std::size_t kMaxHead = 16384;

  explicit WebhookDialog(WebhookRequest request);

  [[nodiscard]] std::string begin() override;
  [[nodiscard]] std::string on_bytes(std::string_view bytes) override;
  void on_end() override;

 private:
  void judge(const http::ResponseHead& head);

  WebhookRequest request_;
  http::ResponseParser parser_;
  http::ResponseHead head_;
  std::string received_;
  unsigned interim_ = 0;
};

}  // namespace hapair::alerts
