#include "liblb/io/protocol_intake.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "common/http/h2_connection.hpp"
#include "common/net/socket_stream.hpp"

namespace hapair::lb {

ProtocolIntake::ProtocolIntake(Context& context, Frontend& frontend, Listener& listener,
                               net::Accepted accepted)
    : Session(listener),
      context_(context),
      frontend_(frontend),
      accepted_(std::move(accepted)),
      watch_(context.loop, event::Priority::kTraffic,
             event::Callback<event::FdEvents>::to<&ProtocolIntake::on_events>(this)),
      timer_(event::Callback<>::to<&ProtocolIntake::on_timeout>(this)) {
  context_.add_user();
}

ProtocolIntake::~ProtocolIntake() { context_.remove_user(); }

bool ProtocolIntake::start() {
  context_.wheel.arm(timer_, context_.now() + frontend_.settings().http_request_timeout);
  return watch_.start_stream(accepted_.fd.get()).has_value();
}

void ProtocolIntake::on_events(event::FdEvents events) noexcept {
  std::array<char, http::kH2Preface.size()> bytes;
  const ssize_t got = ::recv(accepted_.fd.get(), bytes.data(), bytes.size(), MSG_PEEK);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    give_to(false);
    return;
  }
  const std::string_view begin(bytes.data(), static_cast<std::size_t>(got));
  const bool matches = http::kH2Preface.starts_with(begin);
  if (matches && begin.size() < http::kH2Preface.size() && !events.closed) return;
  give_to(matches && begin.size() == http::kH2Preface.size());
}

void ProtocolIntake::give_to(bool http2) {
  watch_.stop();
  timer_.cancel();
  frontend_.promote(*this, {.stream = std::make_unique<net::SocketStream>(
                                context_.loop, event::Priority::kTraffic, std::move(accepted_.fd)),
                            .peer = accepted_.peer,
                            .destination = accepted_.destination,
                            .has_preface = http2});
}

void ProtocolIntake::reset() {
  net::reset_on_close(accepted_.fd.get());
  close();
}

void ProtocolIntake::close() {
  watch_.stop();
  timer_.cancel();
  accepted_.fd.reset();
  frontend_.retire(*this);
}

}  // namespace hapair::lb
