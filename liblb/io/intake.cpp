#include "liblb/io/intake.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::lb {

Intake::Intake(Context& context, Frontend& frontend, Listener& listener, net::Accepted accepted,
               base::Duration patience)
    : Session(listener),
      context_(context),
      frontend_(frontend),
      accepted_(std::move(accepted)),
      patience_(patience),
      watch_(context.loop, event::Priority::kTraffic,
             event::Callback<event::FdEvents>::to<&Intake::on_events>(this)),
      timer_(event::Callback<>::to<&Intake::on_timeout>(this)) {
  context_.add_user();
}

Intake::~Intake() { context_.remove_user(); }

bool Intake::start() {
  context_.wheel.arm(timer_, context_.now() + patience_);
  return watch_.start_stream(accepted_.fd.get()).has_value();
}

std::optional<base::Bytes> Intake::peek(std::span<std::uint8_t> room) const {
  const ssize_t got = ::recv(accepted_.fd.get(), room.data(), room.size(), MSG_PEEK);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  return room.first(got > 0 ? static_cast<std::size_t>(got) : 0);
}

net::Accepted Intake::release() {
  watch_.stop();
  timer_.cancel();
  return std::move(accepted_);
}

void Intake::reset() {
  net::reset_on_close(accepted_.fd.get());
  close();
}

void Intake::refuse(std::string_view id, std::string_view why) {
  ++frontend_.counters.request_errors;
  if (context_.log.takes(base::LogLevel::kDebug)) {
    context_.log.debug(id, listener().name(),
                       base::concat("from ", accepted_.peer.to_string(), ": ", why));
  }
  close();
}

void Intake::close() {
  watch_.stop();
  timer_.cancel();
  accepted_.fd.reset();
  frontend_.retire(*this);
}

}  // namespace hapair::lb
