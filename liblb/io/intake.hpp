// A client connection of which something has to be known before its session is made: its first
// bytes are looked at, and stay in the socket.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/event/timer_wheel.hpp"
#include "common/net/socket.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/frontend.hpp"
#include "liblb/io/session.hpp"

namespace hapair::lb {

class Intake : public Session {
 public:
  ~Intake() override;

  [[nodiscard]] bool start() override;
  void reset() override;
  [[nodiscard]] const base::Endpoint& client() const override { return accepted_.peer; }

 protected:
  /// The client has so long to send what is to be known.
  Intake(Context& context, Frontend& frontend, Listener& listener, net::Accepted accepted,
         base::Duration patience);

  /// Something is there to look at, or the client has finished.
  virtual void on_events(event::FdEvents events) noexcept = 0;
  virtual void on_timeout() noexcept = 0;

  /// What has come so far and fits in. Empty: nothing will; nullopt: nothing has yet.
  [[nodiscard]] std::optional<base::Bytes> peek(std::span<std::uint8_t> room) const;
  /// Lets go of the connection, for its session.
  [[nodiscard]] net::Accepted release();
  void close();
  /// Counts it as a fault of the client, tells the log under that id, and closes.
  void refuse(std::string_view id, std::string_view why);

  [[nodiscard]] net::Accepted& accepted() { return accepted_; }
  [[nodiscard]] Context& context() const { return context_; }
  [[nodiscard]] Frontend& frontend() const { return frontend_; }

 private:
  Context& context_;
  Frontend& frontend_;
  net::Accepted accepted_;
  base::Duration patience_;
  event::FdWatch watch_;
  event::WheelTimer timer_;
};

}  // namespace hapair::lb
