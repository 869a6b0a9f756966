#include "apps/hapair/control/client.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "common/http/body_decoder.hpp"
#include "common/http/framing.hpp"
#include "common/http/head_parser.hpp"
#include "common/net/socket.hpp"

namespace hapair::control {
namespace {

using base::concat;

constexpr std::size_t kReadSize = 64 * 1024;

/// A connected socket with a deadline over everything done on it.
class Exchange {
 public:
  explicit Exchange(net::UniqueFd fd)
      : fd_(std::move(fd)), deadline_(event::now() + kClientTimeout) {}

  base::Result<void> send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        text.remove_prefix(static_cast<std::size_t>(sent));
        continue;
      }
      if (auto ready = wait_after_failure(POLLOUT); !ready) return ready;
    }
    return {};
  }

  /// Everything up to the end of file.
  base::Result<std::string> receive_all() {
    std::string all;
    std::vector<char> bytes(kReadSize);
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
      if (got == 0) return all;
      if (got < 0) {
        if (const auto ready = wait_after_failure(POLLIN); !ready) {
          return std::unexpected(ready.error());
        }
        continue;
      }
      all.append(bytes.data(), static_cast<std::size_t>(got));
      if (all.size() > kMaxAnswer) return base::fail("the answer has no end");
    }
  }

 private:
  /// To be called when a call on the socket failed: waits if it was only too early.
  base::Result<void> wait_after_failure(short what) {
    if (errno == EINTR) return {};
    if (errno != EAGAIN) return base::os_fail("control socket");
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - event::now());
    pollfd watched{.fd = fd_.get(), .events = what, .revents = 0};
    const int ready = left.count() > 0 ? ::poll(&watched, 1, static_cast<int>(left.count())) : 0;
    if (ready == 0) return base::os_fail("control socket", ETIMEDOUT);
    if (ready < 0 && errno != EINTR) return base::os_fail("control socket");
    return {};
  }

  net::UniqueFd fd_;
  base::Instant deadline_;
};

}  // namespace

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
  auto fd = net::connect_unix(socket);
  if (!fd) return std::unexpected(fd.error());
  Exchange exchange(std::move(*fd));
  const std::string length = body.empty() ? "" : concat("Content-Length: ", body.size(), "\r\n");
  const auto sent = exchange.send(concat(method, ' ', path, " HTTP/1.1\r\nHost: hapair\r\n", length,
                                         "Connection: close\r\n\r\n", body));
  if (!sent) return std::unexpected(sent.error());
  const auto text = exchange.receive_all();
  if (!text) return std::unexpected(text.error());
  return parse_client_answer(*text);
}

}  // namespace hapair::control
