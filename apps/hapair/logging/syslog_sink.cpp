#include "apps/hapair/logging/syslog_sink.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <utility>

#include "apps/hapair/logging/record_text.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "common/net/socket.hpp"

namespace hapair::logging {
namespace {

constexpr int kInfoSeverity = 6;

/// "Jan  5 08:15:00" in local time (RFC 3164, section 4.1.2).
std::string timestamp(base::WallTime now) {
  static constexpr std::array<std::string_view, 12> kMonths{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  std::tm parts{};
  localtime_r(&seconds, &parts);
  const auto two = [](int number) { return base::concat(number < 10 ? "0" : "", number); };
  return base::concat(kMonths[static_cast<std::size_t>(parts.tm_mon)],
                      parts.tm_mday < 10 ? "  " : " ", parts.tm_mday, " ", two(parts.tm_hour), ":",
                      two(parts.tm_min), ":", two(parts.tm_sec));
}

}  // namespace

base::Result<SyslogSink> SyslogSink::create(const base::Endpoint& daemon, int facility,
                                            std::string host_name) {
  const net::SocketAddress address = net::SocketAddress::from(daemon);
  const std::string what = base::concat("syslog ", daemon.to_string());
  net::UniqueFd fd(
      ::socket(address.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), address.get(), address.length) != 0) return base::os_fail(what);
  return SyslogSink(std::move(fd), facility, std::move(host_name));
}

SyslogSink::SyslogSink(net::UniqueFd fd, int facility, std::string host_name)
    : fd_(std::move(fd)), facility_(facility), host_name_(std::move(host_name)), pid_(::getpid()) {}

void SyslogSink::write(const base::LogRecord& record) noexcept {
  send(severity(record.level), record_text(record));
}

void SyslogSink::write_line(std::string_view line) noexcept { send(kInfoSeverity, line); }

void SyslogSink::send(int level, std::string_view text) noexcept {
  const std::string head =
      base::concat("<", facility_ * 8 + level, ">", timestamp(event::wall_now()), " ", host_name_,
                   " hapair[", pid_, "]: ");
  const iovec parts[] = {{const_cast<char*>(head.data()), head.size()},
                         {const_cast<char*>(text.data()), text.size()}};
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = 2;
  // The first send after the daemon went away reports that; only a second failure loses the line.
  if (::sendmsg(fd_.get(), &message, MSG_NOSIGNAL) >= 0) return;
  if (errno == ECONNREFUSED && ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL) >= 0) return;
  ++dropped_;
}

}  // namespace hapair::logging
