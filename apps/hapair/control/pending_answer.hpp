// A question to the control server whose answer is waited for by whoever has other things to wait
// for as well. Blocks never.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apps/hapair/control/client.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::control {

class PendingAnswer {
 public:
  /// `body`: JSON, or empty.
  [[nodiscard]] static base::Result<PendingAnswer> begin(const std::string& socket,
                                                         std::string_view path,
                                                         std::string_view method = "GET",
                                                         std::string_view body = {});

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// It waits until the descriptor is writable; else until it is readable.
  [[nodiscard]] bool writes() const { return !request_.empty(); }
  /// To be called when it may go on. Absent: it is not whole yet.
  [[nodiscard]] base::Result<std::optional<ClientAnswer>> advance();

 private:
  PendingAnswer(net::UniqueFd fd, std::string request)
      : fd_(std::move(fd)), request_(std::move(request)) {}

  net::UniqueFd fd_;
  std::string request_;  ///< what is not sent yet
  std::string answer_;
};

}  // namespace hapair::control
