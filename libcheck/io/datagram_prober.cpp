#include "libcheck/io/datagram_prober.hpp"

#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "common/net/own_shortage.hpp"
#include "common/net/socket.hpp"

namespace hapair::check {
namespace {

/// Datagrams looked at in one turn of the loop.
constexpr int kBatch = 16;
/// What is longer is cut; no answer that matters is.
constexpr std::size_t kMaxDatagram = 4096;

}  // namespace

DatagramProber::DatagramProber(const ProbeParts& parts, const CheckSpec& spec, MakeInquiry make,
                               ProbeHandler& handler)
    : loop_(parts.loop),
      spec_(spec),
      source_(source_for(parts, spec)),
      make_(std::move(make)),
      handler_(handler),
      watch_(loop_, event::Priority::kCheck,
             event::Callback<event::FdEvents>::to<&DatagramProber::on_readable>(this)),
      timeout_(loop_, event::Priority::kCheck,
               event::Callback<>::to<&DatagramProber::on_timeout>(this)),
      again_(loop_, event::Priority::kCheck,
             event::Callback<>::to<&DatagramProber::on_again>(this)),
      start_failure_(loop_, event::Priority::kCheck,
                     event::Callback<>::to<&DatagramProber::on_start_failure>(this)) {}

void DatagramProber::start(base::Instant now) {
  assert(!running_);
  running_ = true;
  began_ = now;
  inquiry_ = make_();
  if (!open() || !send()) {
    start_failure_.schedule();
    return;
  }
  timeout_.arm_at(now + spec_.timeout);
  again_.arm_at(now + spec_.timeout / kSends);
}

bool DatagramProber::open() {
  auto socket = net::connect_udp(spec_.endpoint, source_);
  if (!socket) {
    start_errno_ = socket.error().os_errno;
    return false;
  }
  socket_ = std::move(*socket);
  if (watch_.start_reading(socket_.get())) return true;
  start_errno_ = ENOMEM;
  return false;
}

/// False: start_errno_ tells why.
bool DatagramProber::send() {
  const std::string request = inquiry_->request();
  if (::send(socket_.get(), request.data(), request.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
    return true;
  }
  start_errno_ = errno;
  return false;
}

void DatagramProber::receive() {
  std::array<std::uint8_t, kMaxDatagram> datagram;
  for (int turn = 0; turn < kBatch; ++turn) {
    const ssize_t got = ::recv(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got < 0) return finish_with_errno(errno);
    const auto bytes = base::Bytes(datagram).first(static_cast<std::size_t>(got));
    if (auto finding = inquiry_->judge(bytes)) return finish(*std::move(finding));
  }
}

void DatagramProber::on_readable(event::FdEvents /*events*/) noexcept { receive(); }

void DatagramProber::on_again() noexcept {
  // An error here is one that reading would tell as well.
  if (!send()) return finish_with_errno(start_errno_);
  again_.arm_at(loop_.now() + spec_.timeout / kSends);
}

void DatagramProber::on_timeout() noexcept { finish(inquiry_->on_silence()); }

void DatagramProber::on_start_failure() noexcept { finish_with_errno(start_errno_); }

void DatagramProber::finish_with_errno(int code) {
  finish({.code = net::is_own_shortage(code) ? CheckCode::kSocketError : CheckCode::kL4Refused,
          .info = std::generic_category().message(code)});
}

void DatagramProber::finish(Finding finding) {
  end();
  handler_.on_probe_result({.code = finding.code,
                            .status = finding.status,
                            .duration = loop_.now() - began_,
                            .info = std::move(finding.info),
                            .agent = finding.agent});
}

void DatagramProber::end() {
  if (!running_) return;
  running_ = false;
  watch_.stop();
  socket_.reset();
  timeout_.cancel();
  again_.cancel();
  start_failure_.cancel();
  inquiry_.reset();
}

}  // namespace hapair::check
