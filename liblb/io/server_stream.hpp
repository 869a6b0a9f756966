// The way to a server: a socket that connects, and under TLS where the server is spoken to so.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/net/unique_fd.hpp"
#include "common/tls/client_context.hpp"
#include "liblb/io/context.hpp"

namespace hapair::lb {

class ServerStream {
 public:
  enum class Opening : std::uint8_t { kUnderWay, kOpen, kFailed };

  /// `tls` may be null; else it outlives the stream. `only`: see tls::ClientContext::connect().
  ServerStream(Context& context, net::UniqueFd socket, tls::ClientContext* tls,
               std::string_view only = {});

  [[nodiscard]] net::ByteStream& operator*() { return *stream_; }
  [[nodiscard]] const net::ByteStream& operator*() const { return *stream_; }
  [[nodiscard]] net::ByteStream* operator->() { return stream_.get(); }
  [[nodiscard]] const net::ByteStream* operator->() const { return stream_.get(); }
  /// An open one, for whoever speaks over it.
  [[nodiscard]] std::unique_ptr<net::ByteStream> release() { return std::move(stream_); }
  /// It was not released or moved.
  [[nodiscard]] bool held() const { return stream_ != nullptr; }
  /// What ALPN agreed on; empty: nothing, or there is no TLS.
  [[nodiscard]] std::string_view protocol() const;
  /// After kFailed: the server's handshake ended as it speaks none of what was offered (RFC 7301,
  /// section 3.2).
  [[nodiscard]] bool refused_protocols() const;
  /// After kFailed: what is wrong with the server's TLS; empty: there is none, or the network
  /// failed.
  [[nodiscard]] std::string tls_fault() const;
  /// What goes before the first byte goes before the handshake.
  [[nodiscard]] bool under_tls() const { return tls_ != nullptr; }

  /// The stream is ready for something: takes the next step. `greeting` goes first, once.
  [[nodiscard]] Opening advance(std::span<const std::uint8_t> greeting);

 private:
  std::unique_ptr<net::ByteStream> stream_;
  tls::TlsStream* tls_ = nullptr;     ///< the stream itself
  net::ByteStream* below_ = nullptr;  ///< what carries the bytes, until it has been greeted
};

}  // namespace hapair::lb
