// Lines as datagrams, one each, to a syslog daemon: over UDP or a Unix socket such as /dev/log.
// Many leave with one system call. A daemon that starts anew is found again.
#pragma once

#include <string>
#include <variant>

#include "apps/hapair/logging/line_output.hpp"
#include "common/base/ip_address.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::logging {

class DatagramOutput final : public LineOutput {
 public:
  /// An address, or the path of a Unix socket of up to 107 bytes.
  explicit DatagramOutput(std::variant<base::Endpoint, std::string> daemon)
      : daemon_(std::move(daemon)) {}

  Sent send(LineQueue& queue) override;

 private:
  /// 0, or the errno of the failure.
  int open();
  /// One system call; 0, or its errno.
  int send_some(LineQueue& queue, Sent& sent);

  std::variant<base::Endpoint, std::string> daemon_;
  net::UniqueFd fd_;
};

}  // namespace hapair::logging
