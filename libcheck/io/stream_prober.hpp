// What all probers over a TCP connection have in common: connecting from the right source, one
// timeout over everything, and the result codes of layer 4. The kinds add what they say then.
#pragma once

#include <memory>
#include <string>

#include "common/event/event_loop.hpp"
#include "common/net/socket_stream.hpp"
#include "libcheck/io/prober.hpp"

namespace hapair::check {

class StreamProber : public Prober, private net::StreamHandler {
 public:
  StreamProber(event::EventLoop& loop, const CheckSpec& spec, const ProbeSource& source,
               ProbeHandler& handler);

  void start(base::Instant now) final;
  void cancel() final;

 protected:
  /// The connection stands: finish, or talk and be called again when the stream is ready.
  virtual void on_connected() noexcept = 0;
  virtual void on_ready() noexcept = 0;
  /// Forget what is left of a check that ended.
  virtual void on_end() noexcept = 0;

  [[nodiscard]] const CheckSpec& spec() const { return spec_; }
  [[nodiscard]] net::ByteStream& stream() { return *stream_; }
  /// Ends the check; the last act of whoever calls it.
  void finish(CheckCode code, std::string info = {}, std::uint16_t status = 0);

 private:
  enum class Phase { kIdle, kConnecting, kTalking };

  base::Result<void> connect();
  void on_stream_ready() noexcept override;
  /// Sends the PROXY header where the spec wants one. False: that failed.
  [[nodiscard]] bool greet();
  void on_start_failure() noexcept;
  void on_timeout() noexcept;
  void finish_with_errno(int code);
  void end();

  event::EventLoop& loop_;
  const CheckSpec spec_;
  const ProbeSource source_;
  ProbeHandler& handler_;
  event::Timer timeout_;
  event::Deferred start_failure_;
  int start_errno_ = 0;
  Phase phase_ = Phase::kIdle;
  base::Instant began_{};
  std::unique_ptr<net::SocketStream> stream_;
};

}  // namespace hapair::check
