// A byte stream under TLS (RFC 8446, RFC 5246): a decorator of the stream that carries the records.
// OpenSSL reads and writes that stream directly; it holds no buffer while the connection is idle.
//
//  * start() begins, handshake() goes on each time the stream is ready, until it is done or failed;
//    only then is the stream read or written.
//  * What OpenSSL has encrypted and the stream below did not take waits here, and until it has left
//    nothing more is taken. The last byte of such a write counts as not taken, so that no writer
//    believes that all has left.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/net/byte_stream.hpp"
#include "common/tls/handles.hpp"
#include "common/tls/peer_certificate.hpp"

namespace hapair::tls {

class TlsStream final : public net::ByteStream, private net::StreamHandler {
 public:
  enum class Handshake : std::uint8_t { kUnderWay, kDone, kFailed };

  /// `ssl` knows its side; contexts make these. `inner` carries the records.
  TlsStream(std::unique_ptr<net::ByteStream> inner, SslHandle ssl);
  /// Ends with close_notify unless it was aborted or has failed.
  ~TlsStream() override;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// Takes the next step. Work for some 0.1 to 5 ms where a signature is due.
  Handshake handshake();
  /// After kFailed: why. "no shared cipher", "connection reset by peer".
  [[nodiscard]] std::string failure_reason() const;

  // After kDone:
  /// What ALPN (RFC 7301) agreed on: "h2", "http/1.1"; empty: nothing.
  [[nodiscard]] std::string_view protocol() const;
  /// "TLSv1.3".
  [[nodiscard]] std::string_view version() const;
  /// As OpenSSL names it: "TLS_AES_128_GCM_SHA256".
  [[nodiscard]] std::string_view cipher() const;
  /// The name that the client asked for, or was told to ask for; may be empty.
  [[nodiscard]] std::string_view server_name() const;
  /// Until when the peer's certificate is good; nullopt: it has shown none.
  [[nodiscard]] std::optional<base::WallTime> peer_not_after() const;
  /// An earlier session was resumed: no certificate was sent.
  [[nodiscard]] bool resumed() const;
  /// The certificate that the peer has shown, and that was found good, now or in the session that
  /// was resumed; nullopt: none. Work for some 20 us.
  [[nodiscard]] std::optional<PeerCertificate> peer_certificate() const;

  [[nodiscard]] base::Result<void> start(net::StreamHandler& handler) override;
  net::IoResult read(std::span<std::uint8_t> into) override;
  net::IoResult write(std::span<const iovec> parts) override;
  void shutdown_write() override;
  void abort() override;
  void vanish() override;
  [[nodiscard]] bool may_read() const override { return may_read_; }
  [[nodiscard]] bool may_write() const override { return inner_->may_write() && !waits(); }
  [[nodiscard]] bool peer_finished() const override { return inner_->peer_finished(); }
  void set_handler(net::StreamHandler* handler) override { handler_ = handler; }
  [[nodiscard]] int failure() override;
  [[nodiscard]] std::optional<base::Endpoint> local_endpoint() const override {
    return inner_->local_endpoint();
  }

 private:
  friend struct StreamBio;

  /// Records of one write() on their way to the stream below, so that they leave together.
  class Gathered;
  /// What the stream below has not taken yet.
  struct Waiting {
    std::vector<std::uint8_t> bytes;
    std::size_t sent = 0;
  };

  void on_stream_ready() noexcept override;
  /// Encrypts parts from `done` on; returns how far it came. Stops where something waits.
  [[nodiscard]] std::size_t encrypt(std::span<const iovec> parts, std::size_t done);
  /// The same; several records leave with one write of the stream below.
  [[nodiscard]] std::size_t encrypt_together(std::span<const iovec> parts, std::size_t done);
  /// Hands records to the stream below; what it does not take waits.
  bool pass_on(std::span<const std::uint8_t> records);
  [[nodiscard]] bool waits() const { return waiting_ != nullptr; }
  /// Sends what waits. False when some is left, or the stream below is broken.
  bool send_waiting();
  [[nodiscard]] net::IoResult read_failure();
  void fail(int error);
  /// What the peer said before may still be read.
  void fail_writing(int error);

  // What OpenSSL does with the stream below; see tls_stream.cpp.
  int on_bio_read(std::uint8_t* into, std::size_t size);
  bool on_bio_write(const std::uint8_t* from, std::size_t size);

  std::unique_ptr<net::ByteStream> inner_;
  net::StreamHandler* handler_ = nullptr;
  SslHandle ssl_;
  std::unique_ptr<Waiting> waiting_;   ///< absent but for slow peers
  Gathered* gathered_ = nullptr;       ///< within write() only
  unsigned long handshake_error_ = 0;  ///< of a failed handshake, as OpenSSL numbers it
  int error_ = 0;                      ///< errno of what broke; 0: nothing has
  int write_error_ = 0;  ///< the same, for writing only: what the peer said before may be there
  bool done_ = false;    ///< the handshake is
  bool may_read_ = false;
  bool blocked_ = false;  ///< of the call under way: nothing to read below
  bool inner_ended_ = false;
  bool aborted_ = false;
  bool owed_ = false;        ///< the last byte taken has not been told as taken
  bool fin_wanted_ = false;  ///< FIN follows what waits
};

}  // namespace hapair::tls
