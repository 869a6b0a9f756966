// A client connection on a bind that serves HTTP/1.1 and HTTP/2 without TLS: waits for the bytes
// that tell which one the client speaks, by its preface (RFC 9113, section 3.3), and leaves them in
// the socket for the session that takes its place.
#pragma once

#include "liblb/io/intake.hpp"

namespace hapair::lb {

class ProtocolIntake final : public Intake {
 public:
  ProtocolIntake(Context& context, Frontend& frontend, Listener& listener, net::Accepted accepted);

  void drain() override { close(); }

 private:
  void on_events(event::FdEvents events) noexcept override;
  /// The HTTP/1 session answers what is no preface, and what is not whole in time.
  void on_timeout() noexcept override { give_to(false); }
  void give_to(bool http2);

  base::Instant accepted_at_;
};

}  // namespace hapair::lb
