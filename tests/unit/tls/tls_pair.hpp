// A server and a client under TLS over memory: each reads what the other has written.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/tls/client_context.hpp"
#include "common/tls/server_context.hpp"
#include "tests/fuzz/memory_stream.hpp"
#include "tests/unit/tls/made_certificate.hpp"

namespace hapair::tls::test {

class NoHandler final : public net::StreamHandler {
 public:
  void on_stream_ready() noexcept override { ++calls; }
  int calls = 0;
};

/// One end: the stream, and the memory below it.
struct End {
  explicit End(auto&& make) {
    auto below = std::make_unique<fuzz::MemoryStream>();
    memory = below.get();
    stream = make(std::move(below));
    REQUIRE(stream->start(handler));
  }
  std::string read() {
    std::string all;
    std::array<std::uint8_t, 4096> chunk;
    for (;;) {
      const net::IoResult got = stream->read(chunk);
      last = got.status;
      if (got.status != net::IoStatus::kOk) return all;
      all.append(reinterpret_cast<const char*>(chunk.data()), got.bytes);
    }
  }
  net::IoResult write(std::string_view text) {
    const std::array<iovec, 1> part{{{const_cast<char*>(text.data()), text.size()}}};
    return stream->write(part);
  }

  NoHandler handler;
  fuzz::MemoryStream* memory = nullptr;
  std::unique_ptr<TlsStream> stream;
  net::IoStatus last = net::IoStatus::kOk;
};

struct Pair {
  Pair(ServerContext& server_context, ClientContext& client_context)
      : server([&](auto below) { return server_context.accept(std::move(below)).value(); }),
        client([&](auto below) { return client_context.connect(std::move(below)); }) {}

  /// What one end wrote reaches the other.
  void carry() {
    if (std::string bytes = client.memory->take_output(); !bytes.empty()) {
      server.memory->feed(bytes);
    }
    if (std::string bytes = server.memory->take_output(); !bytes.empty()) {
      client.memory->feed(bytes);
    }
  }
  /// True when both say that it is done.
  bool shake_hands() {
    using Handshake = TlsStream::Handshake;
    for (int turn = 0; turn < 8; ++turn) {
      const Handshake ours = server.stream->handshake();
      const Handshake theirs = client.stream->handshake();
      carry();
      if (ours == Handshake::kFailed || theirs == Handshake::kFailed) return false;
      if (ours == Handshake::kDone && theirs == Handshake::kDone) return true;
    }
    return false;
  }

  End server;
  End client;
};

}  // namespace hapair::tls::test
