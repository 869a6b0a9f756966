// The TCP check: a connection that stands is enough, under TLS a handshake; nothing is said.
#pragma once

#include "libcheck/io/stream_prober.hpp"

namespace hapair::check {

class TcpProber final : public StreamProber {
 public:
  using StreamProber::StreamProber;

 private:
  void on_connected() noexcept override {
    finish(spec().tls ? CheckCode::kL6Ok : CheckCode::kL4Ok);
  }
  void on_ready() noexcept override {}
  void on_end() noexcept override {}
};

}  // namespace hapair::check
