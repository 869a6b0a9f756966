// From the model's plain values to the settings of each library. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "liblb/core/settings.hpp"
#include "liblb/io/engine.hpp"
#include "libvrrp/core/group_settings.hpp"
#include "libvrrp/io/hello_link.hpp"

namespace hapair::worker {

[[nodiscard]] lb::EngineSettings engine_settings(const config::Model& model);
/// `index` into the model's backends. A backend balances in the mode of the frontends that use it.
/// Its servers are those with addresses; the others come when their names are resolved.
[[nodiscard]] lb::BackendSettings backend_settings(const config::Model& model, std::size_t index);
/// Of one server with an address.
[[nodiscard]] lb::ServerSettings server_settings(const config::Backend& backend,
                                                 const config::Server& server);
/// `socket` is the bind's own, as the guardian has opened it.
[[nodiscard]] lb::BindSettings bind_settings(const config::Process& process,
                                             const config::Bind& bind, net::UniqueFd socket,
                                             std::optional<lb::BindTls> tls);
[[nodiscard]] lb::FrontendSettings frontend_settings(const config::Frontend& frontend);
/// Where this node stands among the others for the VIP.
[[nodiscard]] vrrp::VerdictScale verdict_scale(const config::Model& model, const config::Vip& vip);
[[nodiscard]] vrrp::GroupSettings group_settings(const config::Model& model, std::size_t vip);
/// A backend that a VIP's clients need: its frontends use it, or it is tracked by the verdict.
struct NeededBackend {
  std::size_t backend = 0;
  std::size_t needed = 1;     ///< usable servers
  base::Duration patience{};  ///< checks on two nodes may differ for so long

  bool operator==(const NeededBackend&) const = default;
};

/// Not those that the VIP tracks by a penalty or a fault: for these the file has its own
/// arithmetic.
[[nodiscard]] std::vector<NeededBackend> needed_backends(const config::Model& model,
                                                         std::size_t vip);
[[nodiscard]] vrrp::HelloLinkSettings hello_settings(const config::Model& model);

}  // namespace hapair::worker
