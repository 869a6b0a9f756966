#include "liblb/io/proxy_intake.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::lb {

ProxyIntake::ProxyIntake(Context& context, Frontend& frontend, Listener& listener,
                         net::Accepted accepted)
    : Session(listener),
      context_(context),
      frontend_(frontend),
      accepted_(std::move(accepted)),
      watch_(context.loop, event::Priority::kTraffic,
             event::Callback<event::FdEvents>::to<&ProxyIntake::on_events>(this)),
      timer_(event::Callback<>::to<&ProxyIntake::on_timeout>(this)) {
  context_.add_user();
}

ProxyIntake::~ProxyIntake() { context_.remove_user(); }

bool ProxyIntake::start() {
  context_.wheel.arm(timer_, context_.now() + listener().accept_proxy()->timeout);
  return watch_.start_stream(accepted_.fd.get()).has_value();
}

void ProxyIntake::on_events(event::FdEvents events) noexcept {
  std::array<std::uint8_t, net::kMaxProxyV2> bytes;
  const ssize_t got = ::recv(accepted_.fd.get(), bytes.data(), bytes.size(), MSG_PEEK);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    refuse("closed before its header");
    return;
  }
  const auto header =
      net::parse_proxy_header(base::Bytes(bytes).first(static_cast<std::size_t>(got)));
  switch (header.status) {
    case net::ProxyParse::Status::kComplete:
      take(header);
      return;
    case net::ProxyParse::Status::kFault:
      refuse(header.fault);
      return;
    case net::ProxyParse::Status::kMore:
      if (events.closed) refuse("closed within its header");
      return;
  }
}

void ProxyIntake::take(const net::ProxyParse& header) {
  std::array<std::uint8_t, net::kMaxProxyV2> taken;
  // The bytes were seen there: they come in one piece.
  if (::recv(accepted_.fd.get(), taken.data(), header.bytes, 0) !=
      static_cast<ssize_t>(header.bytes)) {
    refuse("closed within its header");
    return;
  }
  if (header.ends) {
    accepted_.peer = header.ends->source;
    accepted_.destination = header.ends->destination;
  }
  watch_.stop();
  timer_.cancel();
  frontend_.promote(*this, std::move(accepted_));
}

void ProxyIntake::refuse(std::string_view why) {
  ++frontend_.counters.request_errors;
  context_.log.debug("proxy-header-refused", listener().name(),
                     base::concat("from ", accepted_.peer.to_string(), ": ", why));
  close();
}

void ProxyIntake::reset() {
  net::reset_on_close(accepted_.fd.get());
  close();
}

void ProxyIntake::close() {
  watch_.stop();
  timer_.cancel();
  accepted_.fd.reset();
  frontend_.retire(*this);
}

}  // namespace hapair::lb
