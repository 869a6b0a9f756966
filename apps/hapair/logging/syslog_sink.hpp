// Log records and access lines to a syslog daemon over UDP, in the form of RFC 3164:
// "<PRI>Mmm dd hh:mm:ss host hapair[pid]: text". Never blocks; what the socket does not take is
// counted as dropped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/ip_address.hpp"
#include "common/base/log.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::logging {

class SyslogSink final : public base::LogSink {
 public:
  /// `facility`: 0 to 23 (RFC 5424, section 6.2.1). Fails when no socket is to be had.
  [[nodiscard]] static base::Result<SyslogSink> create(const base::Endpoint& daemon, int facility,
                                                       std::string host_name);

  void write(const base::LogRecord& record) noexcept override;
  /// One finished line (an access line), at severity info.
  void write_line(std::string_view line) noexcept;
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  SyslogSink(net::UniqueFd fd, int facility, std::string host_name);
  void send(int severity, std::string_view text) noexcept;

  net::UniqueFd fd_;
  int facility_;
  std::string host_name_;
  int pid_;
  std::uint64_t dropped_ = 0;
};

}  // namespace hapair::logging
