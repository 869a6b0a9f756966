// The TLS contexts of all binds, from the files' contents that came with the model; and the keys
// for session tickets, which change with time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/event/event_loop.hpp"
#include "common/tls/server_context.hpp"
#include "common/tls/ticket_keys.hpp"
#include "liblb/io/listener.hpp"

namespace hapair::worker {

class TlsWiring {
 public:
  /// All outlive it.
  TlsWiring(event::EventLoop& loop, const config::Model& model, base::Logger& log);

  [[nodiscard]] base::Result<void> set_up();
  /// Of that bind; absent: it is plain.
  [[nodiscard]] std::optional<lb::BindTls> of(const config::Bind& bind) const;

 private:
  [[nodiscard]] base::Result<std::unique_ptr<tls::ServerContext>> make_context(
      const config::BindTls& bind);
  [[nodiscard]] std::vector<tls::Certificate> certificates_for(const config::BindTls& bind);
  void on_time() noexcept;

  const config::Model& model_;
  base::Logger& log_;
  event::Timer timer_;
  std::optional<tls::TicketKeys> tickets_;                     ///< absent: each process has its own
  std::vector<std::unique_ptr<tls::ServerContext>> contexts_;  ///< in the order of model.tls
};

/// The terms of a bind; without what needs files. `tickets` may be null.
[[nodiscard]] tls::ServerSettings server_settings(const config::BindTls& bind,
                                                  const tls::TicketKeys* tickets);

}  // namespace hapair::worker
