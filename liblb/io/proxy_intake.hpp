// A client connection that must begin with a PROXY header: waits for the header, takes it off, and
// gives the connection to its frontend as that of the client that the header names. What follows
// the header stays in the socket meanwhile.
#pragma once

#include <string_view>

#include "common/net/proxy_header.hpp"
#include "liblb/io/intake.hpp"

namespace hapair::lb {

class ProxyIntake final : public Intake {
 public:
  ProxyIntake(Context& context, Frontend& frontend, Listener& listener, net::Accepted accepted);

  void drain() override {}

 private:
  void on_events(event::FdEvents events) noexcept override;
  void on_timeout() noexcept override { refuse("no whole header in time"); }
  void take(const net::ProxyParse& header);
  void refuse(std::string_view why);
};

}  // namespace hapair::lb
