#include "apps/hapair/control/client.hpp"

#include <poll.h>

#include <cerrno>
#include <chrono>
#include <memory>

#include "apps/hapair/control/pending_answer.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "common/http/body_decoder.hpp"
#include "common/http/framing.hpp"
#include "common/http/head_parser.hpp"

namespace hapair::control {

using base::concat;

base::Result<ClientAnswer> parse_client_answer(std::string_view text) {
  http::ResponseParser parser;
  const auto head = std::make_unique<http::ResponseHead>();
  const http::ParseResult parsed = parser.parse(text, *head);
  if (!parsed.complete()) return base::fail("the answer is no HTTP/1.1 response");

  ClientAnswer answer{.status = head->status, .body = {}};
  http::BodyDecoder decoder(http::response_body(*head, http::Method::kGet));
  for (text.remove_prefix(parsed.bytes); !text.empty() && !decoder.done();) {
    const http::BodyDecoder::Step step = decoder.next(text);
    if (step.status == http::BodyDecoder::Step::Status::kFault) {
      return base::fail(concat("the answer is malformed: ", http::info(step.fault).rule));
    }
    answer.body += step.payload;
    text.remove_prefix(step.consumed);
  }
  if (!decoder.finish()) return base::fail("the answer is cut short");
  return answer;
}

base::Result<ClientAnswer> ask(const std::string& socket, std::string_view method,
                               std::string_view path, std::string_view body) {
  auto pending = PendingAnswer::begin(socket, path, method, body);
  if (!pending) return std::unexpected(pending.error());
  const base::Instant deadline = event::now() + kClientTimeout;
  for (;;) {
    auto answer = pending->advance();
    if (!answer) return std::unexpected(answer.error());
    if (*answer) return **std::move(answer);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - event::now());
    const short what = pending->writes() ? short{POLLOUT} : short{POLLIN};
    pollfd watched{.fd = pending->fd(), .events = what, .revents = 0};
    const int ready = left.count() > 0 ? ::poll(&watched, 1, static_cast<int>(left.count())) : 0;
    if (ready == 0) return base::os_fail("control socket", ETIMEDOUT);
    if (ready < 0 && errno != EINTR) return base::os_fail("control socket");
  }
}

}  // namespace hapair::control
