#include "apps/hapair/alerts/webhook_dialog.hpp"

#include <utility>

#include "common/base/text.hpp"

namespace hapair::alerts {
namespace {

constexpr http::HeadLimits kLimits{.max_start_line = WebhookDialog::kMaxHead,
                                   .max_head = WebhookDialog::kMaxHead};
constexpr unsigned kMaxInterim = 10;

bool may_be_tried_again(int status) {
  return status >= 500 || status == 408 || status == 425 || status == 429;
}

}  // namespace

WebhookDialog::WebhookDialog(WebhookRequest request)
    : request_(std::move(request)), parser_(kLimits) {}

std::string WebhookDialog::begin() {
  return base::concat("POST ", request_.target, " HTTP/1.1\r\nHost: ", request_.host,
                      "\r\nUser-Agent: ", request_.agent,
                      "\r\nContent-Type: application/json\r\nContent-Length: ",
                      request_.body.size(), "\r\nConnection: close\r\n\r\n", request_.body);
}

std::string WebhookDialog::on_bytes(std::string_view bytes) {
  received_ += bytes;
  while (state() == State::kUnderWay) {
    const http::ParseResult result = parser_.parse(received_, head_);
    if (result.faulty()) {
      end(State::kFailed, base::concat("no HTTP response: ", http::info(result.fault).rule));
    } else if (!result.complete()) {
      break;
    } else if (!head_.is_interim()) {
      judge(head_);
    } else if (++interim_ > kMaxInterim) {
      end(State::kFailed, "too many interim responses");
    } else {
      received_.erase(0, result.bytes);
      parser_.restart();
      head_.clear();
    }
  }
  return {};
}

void WebhookDialog::judge(const http::ResponseHead& head) {
  const bool good = head.status >= 200 && head.status < 300;
  if (good) return end(State::kDelivered);
  end(may_be_tried_again(head.status) ? State::kFailed : State::kRefused,
      base::concat("it answered ", head.status, " ", base::printable(head.reason, 64)));
}

void WebhookDialog::on_end() {
  if (state() == State::kUnderWay) end(State::kFailed, "it closed without an answer");
}

}  // namespace hapair::alerts
