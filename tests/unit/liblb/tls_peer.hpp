// A client under TLS, driven by the test's loop: what is sent before the handshake is done waits.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "common/event/event_loop.hpp"
#include "common/net/socket_stream.hpp"
#include "common/tls/client_context.hpp"
#include "common/tls/server_context.hpp"
#include "tests/unit/liblb/peer.hpp"
#include "tests/unit/tls/made_certificate.hpp"

namespace hapair::lb::test {

class TlsPeer final : public Peer, private net::StreamHandler {
 public:
  /// `make` puts TLS over what carries the records.
  TlsPeer(event::EventLoop& loop, const auto& make, net::UniqueFd socket)
      : Peer(net::UniqueFd()), raw_(socket.get()) {
    stream_ = make(
        std::make_unique<net::SocketStream>(loop, event::Priority::kTraffic, std::move(socket)));
    REQUIRE(stream_->start(*this));
  }

  std::size_t send(std::string_view text) override {
    if (reset || !stream_) return 0;
    if (!open_ || !early_.empty()) {
      early_ += text;
      return text.size();
    }
    return write(text);
  }
  void receive(std::size_t limit) override {
    std::array<std::uint8_t, 16384> chunk;
    while (open_ && stream_ && limit > 0) {
      const net::IoResult got = stream_->read({chunk.data(), std::min(limit, chunk.size())});
      if (got.status == net::IoStatus::kEof) ended = true;
      if (got.status == net::IoStatus::kError) reset = true;
      // A reset that came in one event with the last bytes raises none of its own.
      if (got.status == net::IoStatus::kWouldBlock && stream_->failure() != 0) reset = true;
      if (got.status != net::IoStatus::kOk) return;
      received.append(reinterpret_cast<const char*>(chunk.data()), got.bytes);
      limit -= got.bytes;
    }
  }
  void finish_sending() override {
    finishing_ = true;
    if (open_ && early_.empty()) stream_->shutdown_write();
  }
  /// With FIN: what has come (tickets, say) is read, else the kernel would send RST.
  void close() override {
    receive(SIZE_MAX);
    stream_.reset();
  }
  void abort() override {
    stream_->abort();
    stream_.reset();
  }
  void shrink_receive_buffer() override { shrink(raw_); }
  [[nodiscard]] bool delivered() const override { return early_.empty() && drained(raw_); }

  [[nodiscard]] bool open() const { return open_; }
  [[nodiscard]] const tls::TlsStream& stream() const { return *stream_; }

 private:
  void on_stream_ready() noexcept override {
    if (!open_) {
      switch (stream_->handshake()) {
        case tls::TlsStream::Handshake::kUnderWay:
          return;
        case tls::TlsStream::Handshake::kFailed:
          reset = true;
          return;
        case tls::TlsStream::Handshake::kDone:
          open_ = true;
      }
    }
    if (early_.empty()) return;
    early_.erase(0, write(early_));
    if (early_.empty() && finishing_) stream_->shutdown_write();
  }
  std::size_t write(std::string_view text) {
    const std::array<iovec, 1> part{{{const_cast<char*>(text.data()), text.size()}}};
    return stream_->write(part).bytes;
  }

  int raw_;
  std::unique_ptr<tls::TlsStream> stream_;
  std::string early_;
  bool open_ = false;
  bool finishing_ = false;
};

/// A certificate, and both contexts that go with it.
class TlsTransport final : public Transport {
 public:
  explicit TlsTransport(event::EventLoop& loop, tls::ServerSettings server = {},
                        tls::ClientSettings client = {})
      : loop_(loop) {
    static const tls::test::MadeCertificate kMade;  // for all tests: making one takes a while
    server_ = tls::ServerContext::create(std::move(server), {tls::test::parsed(kMade)}).value();
    if (client.trusted.empty()) client.trusted = kMade.certificate_pem();
    if (client.server_name.empty()) client.server_name = "localhost";
    client_ = tls::ClientContext::create(std::move(client)).value();
  }

  [[nodiscard]] std::unique_ptr<Peer> connect(const base::Endpoint& to) override {
    auto peer = open(to);
    // As a rule a client speaks once its connection stands; one that waits to be accepted may not.
    for (int turn = 0; turn < 50 && !peer->open() && !peer->over(); ++turn) loop_.run_once();
    return peer;
  }
  [[nodiscard]] std::unique_ptr<TlsPeer> open(const base::Endpoint& to) {
    const auto make = [this](std::unique_ptr<net::ByteStream> below) {
      return client_->connect(std::move(below));
    };
    return std::make_unique<TlsPeer>(loop_, make, net::connect_tcp(to).value());
  }
  [[nodiscard]] std::shared_ptr<tls::ServerContext> server() override { return server_; }

 private:
  event::EventLoop& loop_;
  std::shared_ptr<tls::ServerContext> server_;
  std::unique_ptr<tls::ClientContext> client_;
};

}  // namespace hapair::lb::test
