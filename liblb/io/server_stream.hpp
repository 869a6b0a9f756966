// The way to a server: a socket that connects, and under TLS where the server is spoken to so.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "common/net/unique_fd.hpp"
#include "common/tls/client_context.hpp"
#include "liblb/io/context.hpp"

namespace hapair::lb {

class ServerStream {
 public:
  enum class Opening : std::uint8_t { kUnderWay, kOpen, kFailed };

  /// `tls` may be null; else it outlives the stream.
  ServerStream(Context& context, net::UniqueFd socket, tls::ClientContext* tls);

  [[nodiscard]] net::ByteStream& operator*() { return *stream_; }
  [[nodiscard]] const net::ByteStream& operator*() const { return *stream_; }
  [[nodiscard]] net::ByteStream* operator->() { return stream_.get(); }
  [[nodiscard]] const net::ByteStream* operator->() const { return stream_.get(); }
  /// What goes before the first byte goes before the handshake.
  [[nodiscard]] bool under_tls() const { return tls_ != nullptr; }

  /// The stream is ready for something: takes the next step. `greeting` goes first, once, where
  /// the stream is under TLS.
  [[nodiscard]] Opening advance(std::span<const std::uint8_t> greeting);

 private:
  std::unique_ptr<net::ByteStream> stream_;
  tls::TlsStream* tls_ = nullptr;     ///< the stream itself
  net::ByteStream* below_ = nullptr;  ///< what carries its records, until it has been greeted
};

}  // namespace hapair::lb
