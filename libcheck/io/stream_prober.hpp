// What all probers over a TCP connection have in common: connecting from the right source, TLS
// where the spec wants it, one timeout over everything, and the result codes of the layers 4 and 6.
// The kinds add what they say then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/event/event_loop.hpp"
#include "common/net/byte_stream.hpp"
#include "common/net/socket_stream.hpp"
#include "common/tls/tls_stream.hpp"
#include "libcheck/core/dialogue.hpp"
#include "libcheck/io/probe_sockets.hpp"
#include "libcheck/io/prober.hpp"

namespace hapair::check {

class StreamProber : public Prober, private net::StreamHandler {
 public:
  /// Both outlive it, and the parts' TLS contexts do.
  StreamProber(const ProbeParts& parts, const CheckSpec& spec, ProbeHandler& handler);

  void start(base::Instant now) final;
  void cancel() final { end(); }

 protected:
  /// Whether this kind says the first word. Servers of some protocols greet.
  [[nodiscard]] virtual bool speaks_first() const { return true; }
  /// The connection stands, under TLS too: finish, or talk and be called again when the stream is
  /// ready.
  virtual void on_connected() noexcept = 0;
  virtual void on_ready() noexcept = 0;
  /// The connection is under TLS since secure().
  virtual void on_secured() noexcept {}
  /// The time is up while we talk: finish.
  virtual void on_late() noexcept { finish(CheckCode::kL7Timeout); }
  /// Forget what is left of a check that ended.
  virtual void on_end() noexcept = 0;

  [[nodiscard]] const CheckSpec& spec() const { return spec_; }
  /// From on_connected() on.
  [[nodiscard]] net::ByteStream& stream() { return *stream_; }
  /// With a layer of TLS on demand: all that follows goes under it. The last act of whoever calls.
  void secure();
  /// Writes what is left of `text` behind the first `sent` bytes, as far as that goes now.
  void write_rest(std::string_view text, std::size_t& sent);
  /// Ends the check; the last act of whoever calls it.
  void finish(CheckCode code, std::string info = {}, std::uint16_t status = 0);

  /// How the connection ends.
  enum class Leaving : std::uint8_t {
    kAtOnce,   ///< by RST: a check leaves no TIME_WAIT behind and reads no rest of an answer
    kInOrder,  ///< what was written arrives, then FIN
  };
  void finish(Finding finding, Leaving leaving = Leaving::kAtOnce);

 private:
  enum class Phase : std::uint8_t { kIdle, kConnecting, kShakingHands, kTalking };

  base::Result<void> connect();
  [[nodiscard]] SocketKind socket_kind() const;
  /// Under TLS from the first byte on.
  [[nodiscard]] bool tls_at_once() const { return context_ != nullptr && !spec_.tls->on_demand; }
  void on_stream_ready() noexcept override;
  void on_socket_connected();
  void shake_hands();
  void look_at_certificate();
  /// Sends the PROXY header where the spec wants one. False: that failed.
  [[nodiscard]] bool greet();
  void on_start_failure() noexcept;
  void on_timeout() noexcept;
  void finish_with_errno(int code);
  void end(Leaving leaving = Leaving::kAtOnce);
  void leave(Leaving leaving, bool stood);

  event::EventLoop& loop_;
  ProbeSockets& sockets_;
  const CheckSpec& spec_;
  const ProbeSource source_;
  tls::ClientContext* const context_;  ///< null: in plain text
  ProbeHandler& handler_;
  event::Timer timeout_;
  event::Deferred start_failure_;
  int start_errno_ = 0;
  Phase phase_ = Phase::kIdle;
  base::Instant began_{};
  std::unique_ptr<net::ByteStream> stream_;
  tls::TlsStream* tls_ = nullptr;        ///< the stream itself
  std::string warning_;                  ///< of a check that will pass all the same
  net::SocketStream* socket_ = nullptr;  ///< the stream itself, or what is below its TLS
};

}  // namespace hapair::check
