#include "apps/hapair/control/pending_answer.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "common/base/text.hpp"
#include "common/net/socket.hpp"

namespace hapair::control {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;

bool comes_later() { return errno == EAGAIN || errno == EINTR; }

}  // namespace

base::Result<PendingAnswer> PendingAnswer::begin(const std::string& socket, std::string_view path,
                                                 std::string_view method, std::string_view body) {
  auto fd = net::connect_unix(socket);
  if (!fd) return std::unexpected(fd.error());
  const std::string length =
      body.empty() ? "" : base::concat("Content-Length: ", body.size(), "\r\n");
  return PendingAnswer(std::move(*fd),
                       base::concat(method, ' ', path, " HTTP/1.1\r\nHost: hapair\r\n", length,
                                    "Connection: close\r\n\r\n", body));
}

base::Result<std::optional<ClientAnswer>> PendingAnswer::advance() {
  while (!request_.empty()) {
    const ssize_t sent = ::send(fd_.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (comes_later()) return std::nullopt;
      return base::os_fail("control socket");
    }
    request_.erase(0, static_cast<std::size_t>(sent));
  }
  std::vector<char> bytes(kReadSize);
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    if (got < 0) {
      if (comes_later()) return std::nullopt;
      return base::os_fail("control socket");
    }
    if (got == 0) break;
    answer_.append(bytes.data(), static_cast<std::size_t>(got));
    if (answer_.size() > kMaxAnswer) return base::fail("the answer has no end");
  }
  auto answer = parse_client_answer(answer_);
  if (!answer) return std::unexpected(answer.error());
  return std::optional(*std::move(answer));
}

}  // namespace hapair::control
