// A client connection that must begin with a PROXY header: waits for the header, takes it off, and
// gives the connection to its frontend as that of the client that the header names. What follows
// the header stays in the socket meanwhile.
#pragma once

#include <string_view>

#include "common/event/timer_wheel.hpp"
#include "common/net/proxy_header.hpp"
#include "common/net/socket.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/frontend.hpp"
#include "liblb/io/session.hpp"

namespace hapair::lb {

class ProxyIntake final : public Session {
 public:
  ProxyIntake(Context& context, Frontend& frontend, Listener& listener, net::Accepted accepted);
  ~ProxyIntake() override;

  [[nodiscard]] bool start() override;
  void reset() override;
  void drain() override {}

 private:
  void on_events(event::FdEvents events) noexcept;
  void on_timeout() noexcept { refuse("no whole header in time"); }
  void take(const net::ProxyParse& header);
  void refuse(std::string_view why);
  void close();

  Context& context_;
  Frontend& frontend_;
  net::Accepted accepted_;
  event::FdWatch watch_;
  event::WheelTimer timer_;
};

}  // namespace hapair::lb
