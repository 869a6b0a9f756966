// The worker's end of the channel to the keeper of TLS files.
#pragma once

#include <cstddef>
#include <string>

#include "apps/hapair/tls_files/tls_file.hpp"
#include "common/base/result.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/seqpacket.hpp"

namespace hapair::guardian {

/// Told what the files hold. `source` counts as the grants' files do.
class TlsFileEvents {
 public:
  virtual void on_tls_items(std::size_t source, tls_files::Items items) noexcept = 0;
  virtual void on_tls_fault(std::size_t source, std::string reason) noexcept = 0;
  /// Nothing more comes: the keeper is gone.
  virtual void on_tls_files_gone() noexcept = 0;

 protected:
  ~TlsFileEvents() = default;
};

class TlsFilesClient {
 public:
  TlsFilesClient(event::EventLoop& loop, net::UniqueFd channel, TlsFileEvents& events);

  [[nodiscard]] base::Result<void> start();

 private:
  void on_readable(event::FdEvents events) noexcept;
  void take(const net::Packet& packet);

  net::SeqpacketChannel channel_;
  TlsFileEvents& events_;
  event::FdWatch watch_;
};

}  // namespace hapair::guardian
