// A client connection of a frontend that looks into TLS without ending it (mode tcp): waits for the
// client's hello, which stays in the socket, and gives the connection to the relay with the backend
// of the name that the client asks for. Where only rules want to know, a client without a hello is
// one that asks for nothing.
#pragma once

#include <optional>
#include <string_view>

#include "common/tls/client_hello.hpp"
#include "liblb/io/intake.hpp"

namespace hapair::lb {

class HelloIntake final : public Intake {
 public:
  HelloIntake(Context& context, Frontend& frontend, Listener& listener, net::Accepted accepted);

  void drain() override {}

 private:
  void on_events(event::FdEvents events) noexcept override;
  void on_timeout() noexcept override;
  void give_to_relay(std::optional<tls::ClientHello> hello);
  /// No hello will come, or it is none.
  void do_without(std::string_view why, char cause);
  /// `cause`: the first character of the termination state; `hello` null: none was read whole.
  void refuse(std::string_view why, char cause, const tls::ClientHello* hello = nullptr);

  base::Instant accepted_at_;
  bool spoke_ = false;
};

}  // namespace hapair::lb
