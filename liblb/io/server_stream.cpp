#include "liblb/io/server_stream.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include "liblb/io/counted_socket.hpp"

namespace hapair::lb {

ServerStream::ServerStream(Context& context, net::UniqueFd socket, tls::ClientContext* tls,
                           std::string_view only)
    : stream_(std::make_unique<CountedSocket>(context, std::move(socket))) {
  below_ = stream_.get();
  if (tls == nullptr) return;
  auto under_tls = tls->connect(std::move(stream_), only);
  tls_ = under_tls.get();
  stream_ = std::move(under_tls);
}

std::string_view ServerStream::protocol() const {
  return tls_ != nullptr ? tls_->protocol() : std::string_view();
}

bool ServerStream::refused_protocols() const {
  constexpr std::string_view kAlert = "no application protocol";
  return tls_ != nullptr && tls_->failure_reason().find(kAlert) != std::string::npos;
}

std::string ServerStream::tls_fault() const {
  const bool faulty = held() && tls_ != nullptr && tls_->failure() == EPROTO;
  return faulty ? tls_->failure_reason() : std::string();
}

ServerStream::Opening ServerStream::advance(std::span<const std::uint8_t> greeting) {
  if (stream_->failure() != 0) return Opening::kFailed;
  if (net::ByteStream* below = std::exchange(below_, nullptr); below != nullptr) {
    const std::array<iovec, 1> part{
        {{const_cast<std::uint8_t*>(greeting.data()), greeting.size()}}};
    // A fresh connection has room for it.
    if (!greeting.empty() && below->write(part).bytes != greeting.size()) return Opening::kFailed;
  }
  if (tls_ == nullptr) return Opening::kOpen;
  switch (tls_->handshake()) {
    case tls::TlsStream::Handshake::kUnderWay:
      return Opening::kUnderWay;
    case tls::TlsStream::Handshake::kDone:
      return Opening::kOpen;
    case tls::TlsStream::Handshake::kFailed:
      break;
  }
  return Opening::kFailed;
}

}  // namespace hapair::lb
