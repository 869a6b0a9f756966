// A server on loopback for the probers, on the test's own loop: it answers as told, drips, hangs,
// closes or resets, and counts connections. Under TLS where it gets a context; who hangs, closes or
// resets does it before the handshake then.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sys/socket.h>

#include "common/base/bytes.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/socket.hpp"
#include "common/net/socket_stream.hpp"
#include "common/tls/server_context.hpp"
#include "h2_server.hpp"

namespace hapair::check {

class FakeServer {
 public:
  enum class Manner {
    kAnswer,  ///< sends the answer once the request's blank line is there, then FIN
    kDrip,    ///< the same, one byte for each turn of the loop
    kHang,    ///< accepts and says nothing
    kClose,   ///< the answer (if any) and FIN at once, without reading
    kReset,   ///< RST at once
    kHttp2,   ///< answers a request over HTTP/2 with 200
    kGrpc,    ///< answers a call of gRPC: it serves
  };

  FakeServer(event::EventLoop& loop, Manner manner, std::string answer = {},
             tls::ServerContext* tls = nullptr)
      : loop_(loop),
        manner_(manner),
        answer_(std::move(answer)),
        tls_(tls),
        listener_(net::bind_tcp({base::IpAddress::v4(0x7f000001), 0}, {}).value()),
        watch_(loop, event::Priority::kCheck,
               event::Callback<event::FdEvents>::to<&FakeServer::on_acceptable>(this)) {
    REQUIRE(net::start_listening(listener_.get(), 64));
    REQUIRE(watch_.start_reading(listener_.get()));
  }

  [[nodiscard]] base::Endpoint endpoint() const {
    return net::local_endpoint(listener_.get()).value();
  }
  [[nodiscard]] std::uint64_t connections() const { return connections_; }
  [[nodiscard]] const std::string& last_request() const { return last_request_; }
  /// Under TLS: the name that the last client asked for, and the protocol agreed on.
  [[nodiscard]] const std::string& last_name() const { return last_name_; }
  [[nodiscard]] const std::string& last_protocol() const { return last_protocol_; }
  [[nodiscard]] bool last_resumed() const { return last_resumed_; }
  [[nodiscard]] const base::Endpoint& last_peer() const { return last_peer_; }
  void set_answer(std::string answer) { answer_ = std::move(answer); }

 private:
  class Session final : public net::StreamHandler {
   public:
    Session(FakeServer& server, net::UniqueFd fd)
        : server_(server),
          stream_(std::make_unique<net::SocketStream>(server.loop_, event::Priority::kCheck,
                                                      std::move(fd))),
          next_turn_(server.loop_, event::Priority::kCheck,
                     event::Callback<>::to<&Session::on_turn>(this)) {
      if (server.tls_ != nullptr) {
        auto under_tls = server.tls_->accept(std::move(stream_)).value();
        tls_ = under_tls.get();
        stream_ = std::move(under_tls);
      }
      REQUIRE(stream_->start(*this));
    }

   private:
    void on_stream_ready() noexcept override {
      if (tls_ != nullptr) {
        if (failed_) return;
        const auto handshake = tls_->handshake();
        failed_ = handshake == tls::TlsStream::Handshake::kFailed;
        if (failed_) stream_->shutdown_write();
        if (handshake != tls::TlsStream::Handshake::kDone) return;
        server_.last_name_ = tls_->server_name();
        server_.last_protocol_ = tls_->protocol();
        server_.last_resumed_ = tls_->resumed();
      }
      std::uint8_t bytes[512];
      while (stream_->may_read()) {
        const net::IoResult got = stream_->read(bytes);
        if (got.status != net::IoStatus::kOk) break;
        request_ += base::as_text(std::span(bytes).first(got.bytes));
      }
      if (server_.manner_ == Manner::kHttp2 || server_.manner_ == Manner::kGrpc) return serve_h2();
      if (answered_ || request_.find("\r\n\r\n") == std::string::npos) return;
      answered_ = true;
      server_.last_request_ = request_;
      if (server_.manner_ == Manner::kDrip) return next_turn_.schedule();
      say(server_.answer_);
      stream_->shutdown_write();
    }

    void serve_h2() {
      h2_.hear(std::exchange(request_, {}));
      if (h2_.complete() && !std::exchange(answered_, true)) {
        if (server_.manner_ == Manner::kHttp2) h2_.answer(200, {});
        if (server_.manner_ == Manner::kGrpc) {
          h2_.answer(200, {{"content-type", "application/grpc"}},
                     std::string("\0\0\0\0\2\x08\1", 7), {{"grpc-status", "0"}});
        }
      }
      say(h2_.take_output());
    }

    void on_turn() noexcept {
      if (dripped_ == server_.answer_.size()) return;
      say(server_.answer_.substr(dripped_++, 1));
      next_turn_.schedule();
    }

    void say(std::string text) {
      const iovec part{.iov_base = text.data(), .iov_len = text.size()};
      stream_->write({&part, 1});
    }

    FakeServer& server_;
    std::unique_ptr<net::ByteStream> stream_;
    tls::TlsStream* tls_ = nullptr;
    event::Deferred next_turn_;
    std::string request_;
    H2Server h2_;
    bool failed_ = false;
    bool answered_ = false;
    std::size_t dripped_ = 0;
  };

  void on_acceptable(event::FdEvents) noexcept {
    auto accepted = net::accept_one(listener_.get()).value();
    if (!accepted) return;
    ++connections_;
    last_peer_ = accepted->peer;
    const int fd = accepted->fd.get();
    switch (manner_) {
      case Manner::kHang:
        hanging_.push_back(std::move(accepted->fd));
        break;
      case Manner::kClose:
        REQUIRE(::send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL) >= 0);
        ::shutdown(fd, SHUT_WR);
        hanging_.push_back(std::move(accepted->fd));
        break;
      case Manner::kReset:
        net::reset_on_close(fd);
        break;
      case Manner::kAnswer:
      case Manner::kDrip:
      case Manner::kHttp2:
      case Manner::kGrpc:
        sessions_.push_back(std::make_unique<Session>(*this, std::move(accepted->fd)));
        break;
    }
  }

  event::EventLoop& loop_;
  Manner manner_;
  std::string answer_;
  tls::ServerContext* tls_;
  net::UniqueFd listener_;
  event::FdWatch watch_;
  std::uint64_t connections_ = 0;
  std::string last_request_;
  std::string last_name_;
  std::string last_protocol_;
  bool last_resumed_ = false;
  base::Endpoint last_peer_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<net::UniqueFd> hanging_;
};

}  // namespace hapair::check
