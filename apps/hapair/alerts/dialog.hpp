// What is said on the connection that carries one message: by HTTP to a webhook, by SMTP to a
// relay. Pure: bytes and the end of the connection go in, bytes to send come out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hapair::alerts {

class Dialog {
 public:
  enum class State : std::uint8_t {
    kUnderWay,
    kDelivered,
    kFailed,   ///< for now: trying again may help
    kRefused,  ///< for good
  };

  virtual ~Dialog() = default;

  /// The connection stands; what to send first.
  [[nodiscard]] virtual std::string begin() = 0;
  /// What the other side has said, in whatever pieces; what to send then.
  [[nodiscard]] virtual std::string on_bytes(std::string_view bytes) = 0;
  /// The other side has finished.
  virtual void on_end() = 0;

  /// All that follows is to go under TLS: nothing more is read before the hands are shaken.
  [[nodiscard]] bool wants_tls() const { return wants_tls_; }
  /// That is done; what to send first.
  [[nodiscard]] virtual std::string on_secured() { return {}; }

  [[nodiscard]] State state() const { return state_; }
  /// Once it has ended in failure: why.
  [[nodiscard]] const std::string& reason() const { return reason_; }

 protected:
  void end(State state, std::string reason = {}) {
    state_ = state;
    reason_ = std::move(reason);
  }
  void want_tls(bool wanted) { wants_tls_ = wanted; }

 private:
  State state_ = State::kUnderWay;
  bool wants_tls_ = false;
  std::string reason_;
};

}  // namespace hapair::alerts
