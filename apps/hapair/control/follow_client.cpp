#include "apps/hapair/control/follow_client.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <span>

#include "common/base/text.hpp"
#include "common/http/body_decoder.hpp"
#include "common/http/framing.hpp"
#include "common/http/head_parser.hpp"
#include "common/net/socket.hpp"

namespace hapair::control {
namespace {

constexpr int kStatusOk = 200;
constexpr std::size_t kMaxHead = 64 * 1024;

base::Result<void> send_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) return base::os_fail("control socket");
    if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

/// Waits as long as it takes; an empty text is the end of file.
base::Result<std::string_view> receive(int fd, std::span<char> into) {
  for (;;) {
    const ssize_t got = ::recv(fd, into.data(), into.size(), 0);
    if (got >= 0) return std::string_view(into.data(), static_cast<std::size_t>(got));
    if (errno == EAGAIN) {
      pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
      (void)::poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return base::os_fail("control socket");
    }
  }
}

/// From the bytes of a response to the lines of its body.
class LineReader {
 public:
  explicit LineReader(const std::function<bool(std::string_view)>& on_line) : on_line_(on_line) {}

  /// False: enough.
  base::Result<bool> take(std::string_view bytes) {
    if (in_body_) return take_body(bytes);
    head_text_ += bytes;
    const auto head = std::make_unique<http::ResponseHead>();
    http::ResponseParser parser;
    const http::ParseResult parsed = parser.parse(head_text_, *head);
    if (!parsed.complete()) {
      if (parsed.faulty() || head_text_.size() > kMaxHead) {
        return base::fail("the answer is no HTTP/1.1 response");
      }
      return true;
    }
    if (head->status != kStatusOk) {
      return base::fail(base::concat("the answer has status ", head->status));
    }
    in_body_ = true;
    decoder_ = http::BodyDecoder(http::response_body(*head, http::Method::kGet));
    return take_body(std::string_view(head_text_).substr(parsed.bytes));
  }

 private:
  base::Result<bool> take_body(std::string_view bytes) {
    while (!bytes.empty() && !decoder_.done()) {
      const http::BodyDecoder::Step step = decoder_.next(bytes);
      if (step.status == http::BodyDecoder::Step::Status::kFault) {
        return base::fail(base::concat("the answer is malformed: ", http::info(step.fault).rule));
      }
      line_ += step.payload;
      bytes.remove_prefix(step.consumed);
      if (!hand_on()) return false;
      if (line_.size() > kMaxFollowedLine) return base::fail("a line has no end");
    }
    return true;
  }

  bool hand_on() {
    std::size_t begin = 0;
    for (std::size_t end; (end = line_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      if (!on_line_(std::string_view(line_).substr(begin, end - begin))) return false;
    }
    line_.erase(0, begin);
    return true;
  }

  const std::function<bool(std::string_view)>& on_line_;
  std::string head_text_;
  bool in_body_ = false;
  http::BodyDecoder decoder_;
  std::string line_;
};

}  // namespace

base::Result<void> follow(const std::string& socket, std::string_view path,
                          const std::function<bool(std::string_view)>& on_line) {
  const auto fd = net::connect_unix(socket);
  if (!fd) return std::unexpected(fd.error());
  const std::string request =
      base::concat("GET ", path, " HTTP/1.1\r\nHost: hapair\r\nConnection: close\r\n\r\n");
  if (auto sent = send_all(fd->get(), request); !sent) return sent;
  LineReader reader(on_line);
  std::array<char, 16 * 1024> buffer{};
  for (;;) {
    const auto bytes = receive(fd->get(), buffer);
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->empty()) return base::os_fail("control socket: the stream has ended", ECONNRESET);
    const auto more = reader.take(*bytes);
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
  }
}

}  // namespace hapair::control
