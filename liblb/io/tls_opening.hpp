// A client connection that begins with a TLS handshake: takes its steps, each in its turn, and
// gives the connection to its frontend once it stands. One that takes too long, or fails, is
// closed.
#pragma once

#include <string_view>

#include "common/event/timer_wheel.hpp"
#include "common/net/socket.hpp"
#include "liblb/io/client.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/frontend.hpp"
#include "liblb/io/session.hpp"

namespace hapair::lb {

class TlsOpening final : public Session, private net::StreamHandler {
 public:
  TlsOpening(Context& context, Frontend& frontend, Listener& listener, net::Accepted accepted);
  ~TlsOpening() override;

  [[nodiscard]] bool start() override;
  void reset() override;
  void drain() override {}
  [[nodiscard]] const base::Endpoint& client() const override { return accepted_.peer; }

 private:
  // A step may be a signature: it waits for its turn among the handshakes.
  void on_stream_ready() noexcept override {
    waiting_.unqueue();
    context_.handshakes.add(task_);
  }
  void on_turn() noexcept;
  void on_timeout() noexcept { refuse("no handshake in time"); }
  void on_others() noexcept;
  void open();
  void refuse(std::string_view why);
  void close();
  /// It is no longer under way.
  void leave();

  Context& context_;
  Frontend& frontend_;
  net::Accepted accepted_;
  std::unique_ptr<tls::TlsStream> stream_;
  event::WheelTimer timer_;
  Task task_;
  Task waiting_;  ///< for its client
  bool under_way_ = true;
};

}  // namespace hapair::lb
