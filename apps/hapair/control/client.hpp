// The other end of the control socket, for the command line: one request, one answer, blocking.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace hapair::control {

struct ClientAnswer {
  int status = 0;
  std::string body;
};

inline constexpr base::Duration kClientTimeout = std::chrono::seconds(5);
/// A larger answer is refused: no node has that much to say.
inline constexpr std::size_t kMaxAnswer = 256 * 1024 * 1024;

/// The whole of a response, as it came.
[[nodiscard]] base::Result<ClientAnswer> parse_client_answer(std::string_view text);

/// One request over the socket; `body`: JSON, or empty. The error's os_errno tells whether the
/// socket was out of reach (ENOENT, ECONNREFUSED, EACCES, ...); it is 0 when what came back was no
/// HTTP.
[[nodiscard]] base::Result<ClientAnswer> ask(const std::string& socket, std::string_view method,
                                             std::string_view path, std::string_view body = {});

}  // namespace hapair::control
