// A client connection on a bind that serves HTTP/1.1 and HTTP/2 without TLS: waits for the bytes
// that tell which one the client speaks, by its preface (RFC 9113, section 3.3), and leaves them in
// the socket for the session that takes its place.
#pragma once

#include "common/event/timer_wheel.hpp"
#include "common/net/socket.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/frontend.hpp"
#include "liblb/io/session.hpp"

namespace hapair::lb {

class ProtocolIntake final : public Session {
 public:
  ProtocolIntake(Context& context, Frontend& frontend, Listener& listener, net::Accepted accepted);
  ~ProtocolIntake() override;

  [[nodiscard]] bool start() override;
  void reset() override;
  void drain() override { close(); }

 private:
  void on_events(event::FdEvents events) noexcept;
  /// The HTTP/1 session answers what is no preface, and what is not whole in time.
  void on_timeout() noexcept { give_to(false); }
  void give_to(bool http2);
  void close();

  Context& context_;
  Frontend& frontend_;
  net::Accepted accepted_;
  event::FdWatch watch_;
  event::WheelTimer timer_;
};

}  // namespace hapair::lb
